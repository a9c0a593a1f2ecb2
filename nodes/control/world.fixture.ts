import { afterEach, beforeEach } from 'vitest'
import { z } from 'zod'
import type { Command } from '../commands/command.ts'
import { parseAnswer } from '../commands/command-decider.ts'
import { Commands } from '../commands/command-service.ts'
import { sendingJob } from '../commands/sending-job.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { DeviceRecord } from '../devices/device.ts'
import { unseenDevice } from '../devices/state.ts'
import { openInstances, type TestInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { Jobs } from '../platform/kit/jobs/jobs.ts'
import { Schedules } from '../schedules/schedules.ts'
import { controlJob } from './control-job.ts'
import { DeviceControl } from './control-service.ts'

export const purifierClass = aClass({
  key: 'purifier',
  reported: ['powerOn', 'fanSpeed'],
  commands: [
    { name: 'turnOn', movesField: 'powerOn' },
    { name: 'turnOff', movesField: 'powerOn' },
    { name: 'setFanSpeed', value: { type: 'integer', min: 0, max: 5 }, movesField: 'fanSpeed' },
    { name: 'blink' },
  ],
})

const sentSchema = z.object({ commandId: z.string(), action: z.string(), value: z.number().optional() })

/** A purifier at the other end, with what is done to its messages. */
export interface TestPurifier {
  isOnline: boolean
  powerOn: boolean
  fanSpeed: number
  /** What becomes of each command: done and answered, done though the answer is lost or comes after the next command, refused, never heard; done by default. */
  faults: ('done' | 'late' | 'lost' | 'refused' | 'twice' | 'unheard')[]
  /** What it was told, each command once however often it came: `setFanSpeed 3 at 12.5`, in seconds since the beginning. */
  readonly told: string[]
  /** Ids of the commands that it has carried out, in order. */
  readonly done: string[]
  /** How often each came. */
  readonly received: Map<string, number>
}

export interface TestControl {
  readonly name: string
  readonly commands: Commands
  readonly control: DeviceControl
  readonly schedules: Schedules
  readonly jobs: Jobs
  readonly directory: { lookup(id: string): DeviceRecord | undefined }
}

export interface ControlWorld extends Pick<TestInstances, 'clock' | 'store'> {
  readonly purifier: TestPurifier
  open(name: string): TestControl
  /** The commands of the log, oldest first. */
  log(): Promise<readonly Command[]>
  /** Turns a knob of the device, which it reports. */
  turnKnob(to: Partial<Pick<TestPurifier, 'powerOn' | 'fanSpeed'>>): void
}

/** Commands, schedules and layers of one purifier `d1` of `acme`, over a store that instances share. */
export function controlWorld(world: TestInstances): ControlWorld {
  const startMs = world.clock.nowMs()
  const record = aRecord(purifierClass, aDevice({ classKey: 'purifier' }))
  const directory = { lookup: (id: string) => (id === 'd1' ? record : undefined) }
  let isOnline = true
  let onlineChangedAt: number | null = null
  const purifier: TestPurifier = {
    get isOnline() {
      return isOnline
    },
    set isOnline(is) {
      if (is !== isOnline) onlineChangedAt = world.clock.nowMs()
      isOnline = is
    },
    powerOn: true,
    fanSpeed: 0,
    faults: [],
    told: [],
    done: [],
    received: new Map(),
  }
  let reported: { readonly powerOn: boolean; readonly fanSpeed: number } | undefined
  let reportedAt: number | undefined
  let ids = 0
  /** What it answers once it has got the next command. */
  let late: (() => Promise<unknown>)[] = []
  const opened: TestControl[] = []

  const report = (): void => {
    reported = { powerOn: purifier.powerOn, fanSpeed: purifier.fanSpeed }
    reportedAt = world.clock.nowMs()
  }
  /** As the device does: once for each id, and it answers each time. */
  async function receive(commands: Commands, payload: string): Promise<void> {
    if (!purifier.isOnline) return
    const { action, commandId, value } = sentSchema.parse(JSON.parse(payload))
    purifier.received.set(commandId, (purifier.received.get(commandId) ?? 0) + 1)
    const fault = purifier.faults.shift() ?? 'done'
    if (fault === 'unheard') return
    if (fault !== 'refused' && !purifier.done.includes(commandId)) {
      purifier.done.push(commandId)
      const at = (world.clock.nowMs() - startMs) / 1000
      purifier.told.push(`${action}${value === undefined ? '' : ` ${value}`} at ${Math.floor(at)}`)
      if (action === 'turnOn') purifier.powerOn = true
      if (action === 'turnOff') purifier.powerOn = false
      if (action === 'setFanSpeed') purifier.fanSpeed = value ?? 0
      report()
    }
    const status = fault === 'refused' ? 'error' : 'ok'
    const answer = parseAnswer({
      commandId,
      status,
      ...(fault === 'refused' ? { error: 'filter missing' } : {}),
    })
    const overdue = late
    late = []
    for (const answerNow of overdue) await answerNow()
    if (answer === undefined || fault === 'lost') return
    if (fault === 'late') return void late.push(() => commands.answer('acme', 'd1', answer))
    for (let times = fault === 'twice' ? 2 : 1; times > 0; times -= 1)
      await commands.answer('acme', 'd1', answer)
  }

  return {
    clock: world.clock,
    store: world.store,
    purifier,
    open(name) {
      const instance = world.open(name)
      const newId = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(8, '0')}0000`
      const deviceStates = {
        get: () =>
          Promise.resolve({
            ...unseenDevice('acme', 'd1'),
            online: isOnline,
            onlineChangedAt,
            ...(reported === undefined ? {} : { reported, reportedAt }),
          }),
      }
      const broker = {
        publish: ({ payload }: { payload: string | Uint8Array }) => {
          void receive(commands, String(payload))
          return Promise.resolve()
        },
      }
      const live = { hasWatchers: () => false, isWatched: () => false, publish: () => undefined }
      // oxlint-disable-next-line no-unsafe-type-assertion -- of secrets, live, broker and states only this is asked for
      const parts = {
        ...instance,
        directory,
        deviceStates,
        broker,
        live,
        secrets: { newId },
        ackTimeoutMs: 30_000,
        archive: { page: () => Promise.resolve({ items: [] }) },
      } as unknown as ConstructorParameters<typeof Commands>[0] &
        Omit<Parameters<typeof sendingJob>[0], 'commands'>
      const commands = new Commands(parts)
      const control = new DeviceControl({ ...parts, commands })
      commands.oversee(control.overseer)
      commands.onEnd((orgId, command) => void control.noteEnd(orgId, command))
      const schedules = new Schedules({ ...parts, control })
      const { jobs } = instance
      jobs.start(sendingJob({ ...parts, commands }))
      jobs.start(controlJob({ ...parts, commands, control }))
      jobs.start(schedules.job)
      const one = { name, commands, control, schedules, jobs, directory }
      opened.push(one)
      return one
    },
    async log() {
      const page = await opened[0]?.commands.list('acme', 'd1', { limit: 10_000 })
      return (page?.items ?? []).toReversed()
    },
    turnKnob(to) {
      Object.assign(purifier, to)
      report()
    },
  }
}

/** Anew for each test, in virtual time. */
export function useControl(startMs: number): ControlWorld {
  let instances: Awaited<ReturnType<typeof openInstances>>
  let world: ControlWorld
  beforeEach(async () => {
    instances = await openInstances(startMs)
    world = controlWorld(instances)
  })
  afterEach(() => instances[Symbol.asyncDispose]())
  return {
    get clock() {
      return world.clock
    },
    get store() {
      return world.store
    },
    get purifier() {
      return world.purifier
    },
    open: (name) => world.open(name),
    log: () => world.log(),
    turnKnob: (to) => world.turnKnob(to),
  }
}

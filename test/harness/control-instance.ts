/** Commands, schedules and overrides over a store and a broker that other processes share, for purifiers of one organization. */
import { connectAsync } from 'mqtt'
import { z } from 'zod'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { parseAnswer } from '../../nodes/commands/command-decider.ts'
import { Commands } from '../../nodes/commands/command-service.ts'
import { sendingJob } from '../../nodes/commands/sending-job.ts'
import { controlJob } from '../../nodes/control/control-job.ts'
import { DeviceControl } from '../../nodes/control/control-service.ts'
import { aDevice, aRecord } from '../../nodes/devices/device.fixture.ts'
import { unseenDevice } from '../../nodes/devices/state.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { EventRelay } from '../../nodes/platform/kit/events/relay.ts'
import { openJobs } from '../../nodes/platform/kit/jobs/jobs.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import { nodeSecrets } from '../../nodes/platform/secrets.ts'
import { Schedules } from '../../nodes/schedules/schedules.ts'
import { loadShippedClasses } from '../../nodes/devices/classes/shipped-classes.ts'

export const controlOrg = 'acme'
const answered = z.record(z.string(), z.json())

export interface ControlInstance extends AsyncDisposable {
  readonly commands: Commands
  readonly control: DeviceControl
  readonly schedules: Schedules
}

/** With `works`, it also carries out what is due. */
export async function openControlInstance(
  directory: string,
  mqttUrl: string,
  { works }: { readonly works: boolean },
): Promise<ControlInstance> {
  const purifier = (await loadShippedClasses()).find(({ key }) => key === 'air-purifier')
  if (purifier === undefined) throw new Error('no class of purifiers')
  const store = await openSqliteStore({ directory, syncsBeside: true })
  const common = { store, clock: systemClock, log: silentLogger, random: Math.random }
  const jobs = openJobs({ ...common, bus: new MemoryHub().open(`${process.pid}`) })
  const relay = new EventRelay({ ...common, stream: { append: () => Promise.resolve() } })
  const mqtt = await connectAsync(mqttUrl, { clientId: `instance-${process.pid}` })
  const directoryOf = {
    lookup: (id: string) => aRecord(purifier, aDevice({ id, classKey: purifier.key }), controlOrg),
  }
  const parts = {
    ...common,
    jobs,
    relay,
    directory: directoryOf,
    secrets: nodeSecrets,
    ackTimeoutMs: 5000,
    archive: { page: () => Promise.resolve({ items: [] }) },
    live: { hasWatchers: () => false, isWatched: () => false, publish: () => undefined },
    deviceStates: {
      get: (orgId: string, id: string) => Promise.resolve({ ...unseenDevice(orgId, id), online: true }),
    },
    broker: {
      publish: async ({
        payload,
        topic,
      }: {
        readonly payload: string | Uint8Array
        readonly topic: string
      }) => {
        await mqtt.publishAsync(topic, Buffer.from(payload), { qos: 1 })
      },
    },
  }
  // oxlint-disable-next-line no-unsafe-type-assertion -- of the broker only publishing is asked for
  const commands = new Commands(parts as unknown as ConstructorParameters<typeof Commands>[0])
  const control = new DeviceControl({ ...parts, commands })
  commands.oversee(control.overseer)
  commands.onEnd((orgId, command) => void control.noteEnd(orgId, command).catch(() => undefined))
  const schedules = new Schedules({ ...parts, control })
  mqtt.on('message', (topic, payload) => {
    const answer = parseAnswer(answered.parse(JSON.parse(payload.toString())))
    const [, deviceId = ''] = topic.split('/')
    if (answer !== undefined) void commands.answer(controlOrg, deviceId, answer).catch(() => undefined)
  })
  if (works) {
    await mqtt.subscribeAsync('device/+/ack', { qos: 1 })
    jobs.start(sendingJob({ ...parts, commands }))
    jobs.start(controlJob({ ...parts, commands, control }))
    jobs.start(schedules.job)
  }
  return {
    commands,
    control,
    schedules,
    async [Symbol.asyncDispose]() {
      await jobs.stop()
      await relay.stop()
      await mqtt.endAsync()
      await store.close()
    },
  }
}

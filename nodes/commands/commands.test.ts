import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import { unseenDevice } from '../devices/state.ts'
import { type Jobs } from '../platform/kit/jobs/jobs.ts'
import type { LiveEvent } from '../platform/live/port.ts'
import { type Command, commandCollection, viewCommand } from './command.ts'
import { parseAnswer } from './command-decider.ts'
import { type CommandRequest, Commands } from './command-service.ts'
import { wakePutOff } from './put-off.ts'
import { sendingJob } from './sending-job.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'

const startMs = Date.UTC(2026, 2, 1, 12)
const record = aRecord(
  aClass({
    commands: [
      { name: 'setFanSpeed', value: { type: 'integer', min: 0, max: 5 }, movesField: 'fanSpeed' },
      { name: 'turnOn', movesField: 'powerOn' },
      { name: 'blink' },
    ],
  }),
  aDevice(),
)
const sentSchema = z.object({ commandId: z.string(), action: z.string(), value: z.number().optional() })

const world = useInstances(startMs)
let isOnline: boolean
let isBrokerAway: boolean
/** What came to the device, with the second it came in. */
let received: { readonly commandId: string; readonly text: string }[]
let told: LiveEvent[]
let ids: number

beforeEach(() => {
  isOnline = true
  isBrokerAway = false
  received = []
  told = []
  ids = 0
})

const seconds = (): number => (world.clock.nowMs() - startMs) / 1000

function instance(name: string): { readonly commands: Commands; readonly jobs: Jobs } {
  const opened = world.open(name)
  const { jobs } = opened
  const directory = { lookup: (id: string) => (id === 'd1' ? record : undefined) }
  const live = {
    hasWatchers: () => true,
    isWatched: () => true,
    publish: (_: string, event: LiveEvent) => void told.push(event),
  }
  const secrets = { newId: () => `c${(ids += 1)}` }
  const broker = {
    publish: async ({ payload, topic }: { payload: string | Uint8Array; topic: string }) => {
      if (isBrokerAway) throw new Error('away')
      expect(topic).toBe('org/acme/device/d1/command')
      const { action, commandId, value } = sentSchema.parse(JSON.parse(String(payload)))
      received.push({ commandId, text: `${action}${value === undefined ? '' : ` ${value}`} at ${seconds()}` })
    },
  }
  // oxlint-disable-next-line no-unsafe-type-assertion -- of secrets only new ids are asked for, of the broker publishing
  const parts = {
    ...opened,
    broker,
    directory,
    live,
    secrets,
    ackTimeoutMs: 30_000,
    archive: { page: () => Promise.resolve({ items: [] }) },
  } as unknown as ConstructorParameters<typeof Commands>[0]
  const commands = new Commands(parts)
  const deviceStates = { get: async () => ({ ...unseenDevice('acme', 'd1'), online: isOnline }) }
  jobs.start(sendingJob({ ...opened, commands, deviceStates }))
  return { commands, jobs }
}

async function issue(commands: Commands, request: Partial<CommandRequest>): Promise<string> {
  const outcome = await commands.issue('acme', {
    deviceId: 'd1',
    action: 'turnOn',
    source: 'api',
    ...request,
  })
  if (outcome.kind !== 'issued') throw new Error(JSON.stringify(outcome))
  return outcome.command.id
}

async function stored(commands: Commands, id: string): Promise<Command> {
  const command = await commands.get('acme', id)
  if (command === undefined) throw new Error(`no ${id}`)
  return command
}

async function answer(commands: Commands, commandId: string, status: 'ok' | 'error' = 'ok'): Promise<string> {
  const parsed = parseAnswer({ commandId, status })
  if (parsed === undefined) throw new Error('no answer')
  return commands.answer('acme', 'd1', parsed)
}

const texts = (): readonly string[] => received.map(({ text }) => text)

describe('a command', () => {
  test('goes out at once, and is acknowledged', async () => {
    const { commands } = instance('a')
    const id = await issue(commands, { action: 'setFanSpeed', value: 3, requestedBy: 'ada' })
    await world.clock.pass(100)
    expect(texts()).toEqual(['setFanSpeed 3 at 0'])
    expect(await answer(commands, id)).toBe('recorded')
    expect(viewCommand(await stored(commands, id))).toMatchObject({
      commandId: id,
      status: 'acknowledged',
      retryCount: 0,
      requestedBy: 'ada',
      attempts: [{ outcome: 'acknowledged' }],
      deviceResponse: { commandId: id, status: 'ok' },
    })
    expect(told.map((event) => ('status' in event ? event['status'] : ''))).toEqual(['sent', 'acknowledged'])
  })

  test('without an answer is sent at 0, 30 and 60 seconds, and has timed out at 90', async () => {
    const { commands } = instance('a')
    const id = await issue(commands, {})
    await world.clock.pass(89_900)
    expect(texts()).toEqual(['turnOn at 0', 'turnOn at 30', 'turnOn at 60'])
    expect((await stored(commands, id)).status).toBe('sent')
    await world.clock.pass(200)
    expect(viewCommand(await stored(commands, id))).toMatchObject({
      status: 'timeout',
      retryCount: 2,
      errorMessage: 'no acknowledgment after 3 attempts',
    })
    await world.clock.pass(600_000)
    expect(received).toHaveLength(3)
  })

  test('an instance that stops leaves the attempts to another, which makes none too many', async () => {
    const { commands, jobs } = instance('a')
    const id = await issue(commands, {})
    await world.clock.pass(31_000)
    await jobs.stop()
    const other = instance('b')
    await world.clock.pass(120_000)
    expect(texts()).toEqual(['turnOn at 0', 'turnOn at 30', 'turnOn at 60'])
    expect((await stored(other.commands, id)).status).toBe('timeout')
  })

  test('that the broker did not take counts as an attempt, and the next one comes', async () => {
    const { commands } = instance('a')
    isBrokerAway = true
    const id = await issue(commands, {})
    await world.clock.pass(1000)
    isBrokerAway = false
    await world.clock.pass(30_000)
    expect(texts()).toEqual(['turnOn at 30'])
    await answer(commands, id)
    expect((await stored(commands, id)).attempts.map(({ outcome }) => outcome)).toEqual([
      'no-answer',
      'acknowledged',
    ])
  })

  test('is not answered by another device, nor under an id that was never given', async () => {
    const { commands } = instance('a')
    const id = await issue(commands, {})
    await world.clock.pass(100)
    const parsed = parseAnswer({ commandId: id, status: 'ok' })
    if (parsed === undefined) throw new Error('no answer')
    expect(await commands.answer('acme', 'd2', parsed)).toBe('unknown')
    expect(await commands.answer('other', 'd1', parsed)).toBe('unknown')
    expect(await answer(commands, 'c99')).toBe('unknown')
    expect((await stored(commands, id)).status).toBe('sent')
  })

  test('that was cancelled is not sent again', async () => {
    const { commands } = instance('a')
    const id = await issue(commands, {})
    await world.clock.pass(1000)
    await commands.cancel('acme', id, 'changed my mind')
    await world.clock.pass(120_000)
    expect(received).toHaveLength(1)
    expect(await answer(commands, id)).toBe('recorded')
    expect(await stored(commands, id)).toMatchObject({
      status: 'cancelled',
      lateAcknowledgments: [{ status: 'ok' }],
    })
  })

  test('whoever waits for its outcome has it as soon as it is there, or the state in which it is', async () => {
    const { commands } = instance('a')
    const id = await issue(commands, {})
    const waited = commands.whenEnded('acme', await stored(commands, id), 5000)
    await world.clock.pass(1000)
    await answer(commands, id)
    expect(await waited).toMatchObject({ status: 'acknowledged' })
    const slow = await issue(commands, {})
    const inVain = commands.whenEnded('acme', await stored(commands, slow), 5000)
    await world.clock.pass(6000)
    expect(await inVain).toMatchObject({ status: 'sent' })
  })
})

test.each([3_600_000, -3_600_000])('a clock that is set changes no time-out (%i ms)', async (byMs) => {
  const { commands } = instance('a')
  const id = await issue(commands, {})
  await world.clock.pass(10_000)
  world.clock.turnTo(world.clock.nowMs() + byMs)
  await world.clock.pass(79_000)
  expect((await stored(commands, id)).attempts).toHaveLength(3)
  expect(await stored(commands, id)).toMatchObject({ status: 'sent' })
  await world.clock.pass(2000)
  expect(await stored(commands, id)).toMatchObject({ status: 'timeout' })
})

test('the time-outs of a command do not wait for the clock of another machine that is set back', async () => {
  const { commands } = instance('a')
  const id = await issue(commands, {})
  await world.clock.pass(10_000)
  const documents = world.store.organization('acme').collection(commandCollection)
  const otherwise = { machine: 'another', aheadMs: 0 }
  await documents.update(id, (command) => ({ ...command, reckoned: otherwise }))
  world.clock.turnTo(world.clock.nowMs() - 3_600_000)
  expect(await wakePutOff(world)).toBe(true)
  expect(await wakePutOff(world)).toBe(false)
  await world.clock.pass(100_000)
  expect(await stored(commands, id)).toMatchObject({ status: 'timeout' })
  expect((await stored(commands, id)).attempts).toHaveLength(3)
})

describe('several commands of one device', () => {
  test('are in order, and the newest wins, though the clock is set back between them', async () => {
    const { commands } = instance('a')
    const first = await issue(commands, { action: 'setFanSpeed', value: 1 })
    world.clock.turnTo(world.clock.nowMs() - 3_600_000)
    const second = await issue(commands, { action: 'setFanSpeed', value: 2 })
    world.clock.turnTo(world.clock.nowMs() - 3_600_000)
    const third = await issue(commands, { action: 'setFanSpeed', value: 3 })
    expect((await stored(commands, first)).errorMessage).toBe(`superseded by ${second}`)
    expect((await stored(commands, second)).errorMessage).toBe(`superseded by ${third}`)
    expect((await commands.newestByHand('acme', 'd1', 'fanSpeed'))?.id).toBe(third)
    const listed = await commands.list('acme', 'd1', { limit: 2 })
    expect(listed?.items.map(({ id }) => id)).toEqual([third, second])
    const { nextCursor: cursor = '' } = listed ?? {}
    const rest = await commands.list('acme', 'd1', { limit: 2, cursor })
    expect(rest?.items.map(({ id }) => id)).toEqual([first])
  })

  test('go out in order, each when the one before is over', async () => {
    const { commands } = instance('a')
    const first = await issue(commands, { action: 'turnOn' })
    await world.clock.pass(1)
    const second = await issue(commands, { action: 'blink' })
    await world.clock.pass(1000)
    expect(texts()).toEqual(['turnOn at 0'])
    await answer(commands, first)
    await world.clock.pass(100)
    expect(received.map(({ commandId }) => commandId)).toEqual([first, second])
  })

  test('asked for in the same moment go one after the other', async () => {
    const { commands } = instance('a')
    const asked = await Promise.all([
      issue(commands, { action: 'turnOn' }),
      issue(commands, { action: 'blink' }),
    ])
    await world.clock.pass(1000)
    const [first] = received
    expect(received).toHaveLength(1)
    await answer(commands, first?.commandId ?? '')
    await world.clock.pass(1000)
    expect(received.map(({ commandId }) => commandId).toSorted()).toEqual(asked.toSorted())
  })

  test('of those for one field the newest wins, also over one that is on its way', async () => {
    const { commands } = instance('a')
    const slow = await issue(commands, { action: 'setFanSpeed', value: 1 })
    await world.clock.pass(1000)
    const fast = await issue(commands, { action: 'setFanSpeed', value: 5 })
    await world.clock.pass(1000)
    expect(texts()).toEqual(['setFanSpeed 1 at 0', 'setFanSpeed 5 at 1'])
    expect(await stored(commands, slow)).toMatchObject({
      status: 'cancelled',
      errorMessage: `superseded by ${fast}`,
    })
  })
})

describe('a command that is held', () => {
  test('waits for its device, and keeps nobody else waiting', async () => {
    const { commands } = instance('a')
    isOnline = false
    const held = await issue(commands, { action: 'turnOn', whenOffline: 'hold' })
    await world.clock.pass(1)
    await issue(commands, { action: 'blink' })
    await world.clock.pass(100)
    expect(received.map(({ text }) => text.split(' ')[0])).toEqual(['blink'])
    await world.clock.pass(200_000)
    expect((await stored(commands, held)).status).toBe('pending')
    isOnline = true
    await world.clock.pass(16_000)
    expect((await stored(commands, held)).status).toBe('sent')
  })

  test('expires unsent', async () => {
    const { commands } = instance('a')
    isOnline = false
    const held = await issue(commands, { whenOffline: 'hold', expiresInMs: 60_000 })
    await world.clock.pass(61_000)
    expect((await stored(commands, held)).status).toBe('expired')
    isOnline = true
    await world.clock.pass(60_000)
    expect(received).toEqual([])
  })
})

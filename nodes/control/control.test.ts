import { beforeEach, describe, expect, test } from 'vitest'
import { defaultActions } from '../schedules/schedules.ts'
import { type TestControl, useControl } from './world.fixture.ts'

/** A Monday. */
const startMs = Date.parse('2026-01-05T06:00:00Z')
const minute = 60_000
const hour = 60 * minute

const world = useControl(startMs)
let one: TestControl
beforeEach(() => {
  one = world.open('a')
})

/** And half a second more; before the last two seconds nobody looks. */
async function later(ms: number): Promise<void> {
  world.clock.stall(ms - 2000)
  await world.clock.pass(2500)
}

const told = (): readonly string[] => world.purifier.told
/** What it was told, without the times. */
const orders = (): readonly string[] => told().map((text) => text.replace(/ at .*/, ''))
async function command(action: string, value?: number): Promise<string> {
  const issued = await one.commands.issue('acme', {
    deviceId: 'd1',
    action,
    ...(value === undefined ? {} : { value }),
    source: 'api',
    requestedBy: 'ada',
  })
  if (issued.kind !== 'issued') throw new Error(JSON.stringify(issued))
  await world.clock.pass(200)
  return issued.command.id
}
async function override(value: number, durationMs: number, more: object = {}): Promise<string> {
  const started = await one.control.start('acme', 'd1', {
    action: 'setFanSpeed',
    value,
    durationMs,
    source: 'api',
    ...more,
  })
  if (started.kind !== 'done') throw new Error(JSON.stringify(started))
  await world.clock.pass(200)
  return started.override.id
}
async function schedule(startTime: string, endTime: string, fanSpeed = 3): Promise<string> {
  const { end, start } = defaultActions(fanSpeed)
  const window = { deviceId: 'd1', days: ['mon' as const], startTime, endTime, timeZone: 'UTC' }
  const wanted = { ...window, start: [...start], end: [...end], isActive: true }
  const saved = await one.schedules.create('acme', wanted)
  if (saved.kind !== 'saved') throw new Error(JSON.stringify(saved))
  await world.clock.pass(200)
  return saved.schedule.id
}
const desired = async (): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    [...((await one.control.view('acme', 'd1'))?.desired ?? [])].map(([field, { layer, value }]) => [
      field,
      `${value} ${layer}`,
    ]),
  )
const running = async (): Promise<string | undefined> =>
  (await one.control.view('acme', 'd1'))?.override?.status

test('what an override owes a device that is off is owed no more once a window has had its way there', async () => {
  await schedule('07:00', '07:30', 2)
  await command('setFanSpeed', 1)
  await override(4, minute)
  await command('turnOff')
  await later(hour)
  await later(30 * minute)
  expect(await desired()).toEqual({ powerOn: 'false manual', fanSpeed: '2 manual' })
  await command('turnOn')
  await later(minute)
  expect(orders()).toEqual([
    'setFanSpeed 1',
    'setFanSpeed 4',
    'turnOff',
    'turnOn',
    'setFanSpeed 2',
    'turnOff',
    'turnOn',
  ])
})

test('what an override owes a device that is off is not forgotten over the next override', async () => {
  await command('setFanSpeed', 1)
  await override(4, minute)
  await command('turnOff')
  await override(2, minute)
  await command('turnOn')
  await later(minute)
  expect(orders().at(-1)).toBe('setFanSpeed 1')
})

describe('a device that was away', () => {
  test('does what a window wanted of it that is over, as soon as it is turned on', async () => {
    await schedule('07:00', '07:30', 2)
    await command('setFanSpeed', 1)
    await override(4, minute)
    world.purifier.isOnline = false
    await later(hour)
    await later(30 * minute)
    world.purifier.isOnline = true
    await later(minute)
    expect(orders()).toEqual(['setFanSpeed 1', 'setFanSpeed 4', 'turnOff'])
    await command('turnOn')
    await later(minute)
    expect(orders().slice(3)).toEqual(['turnOn', 'setFanSpeed 2'])
  })

  test('gets back what a command by hand has overtaken that never came to it', async () => {
    await command('setFanSpeed', 1)
    await override(4, minute)
    world.purifier.isOnline = false
    await later(2 * minute)
    await command('setFanSpeed', 3)
    await world.clock.pass(95_000)
    world.purifier.isOnline = true
    await later(minute)
    expect(orders()).toEqual(['setFanSpeed 1', 'setFanSpeed 4', 'setFanSpeed 1'])
    expect(await desired()).toMatchObject({ fanSpeed: '1 manual' })
  })

  test('without anybody noticing is told anew once it has been away for all to see, and not before', async () => {
    await command('setFanSpeed', 1)
    await override(4, minute)
    world.purifier.faults = ['lost', 'lost', 'lost']
    await later(minute)
    await world.clock.pass(95_000)
    await later(hour)
    const { received } = world.purifier
    expect([...received.values()]).toEqual([1, 1, 3])
    world.purifier.isOnline = false
    await later(minute)
    world.purifier.isOnline = true
    await later(2 * minute)
    expect([...received.values()]).toEqual([1, 1, 3, 1])
    await later(hour)
    expect(received.size).toBe(4)
  })
})

describe('an override', () => {
  test('holds for its time, and then what was there before comes back', async () => {
    await command('setFanSpeed', 2)
    await override(5, 15 * minute)
    expect(await desired()).toMatchObject({ fanSpeed: '5 override' })
    await later(15 * minute)
    expect(told()).toEqual(['setFanSpeed 2 at 0', 'setFanSpeed 5 at 0', 'setFanSpeed 2 at 900'])
    expect(await desired()).toMatchObject({ fanSpeed: '2 manual' })
    expect(await running()).toBe('completed')
    await later(hour)
    expect(told()).toHaveLength(3)
  })

  test('goes with its device: nothing is restored, and whoever has the id next begins anew', async () => {
    await override(5, 15 * minute)
    await one.control.forget('acme', 'd1')
    await one.control.forget('acme', 'd1')
    expect(await one.control.get('acme', 'd1')).toBeUndefined()
    await later(15 * minute)
    expect(told()).toEqual(['setFanSpeed 5 at 0'])
  })

  test('gives back what a device said of itself that nobody ever commanded', async () => {
    world.turnKnob({ powerOn: true, fanSpeed: 1 })
    await override(5, minute)
    await later(minute)
    expect(orders()).toEqual(['setFanSpeed 5', 'setFanSpeed 1'])
  })

  test('gives back what somebody has turned its knob to since the last command', async () => {
    await command('setFanSpeed', 2)
    await later(minute)
    world.turnKnob({ fanSpeed: 4 })
    await override(5, minute)
    await later(minute)
    expect(orders().slice(1)).toEqual(['setFanSpeed 5', 'setFanSpeed 4'])
  })

  test('turns on what is off, and off again afterwards', async () => {
    world.turnKnob({ powerOn: false, fanSpeed: 0 })
    await override(5, minute)
    expect(orders()).toEqual(['turnOn', 'setFanSpeed 5'])
    await later(minute)
    expect(orders().slice(2)).toEqual(['turnOff'])
  })

  test('that is cancelled gives back at once', async () => {
    await command('setFanSpeed', 2)
    await override(5, hour)
    expect((await one.control.end('acme', 'd1'))?.status).toBe('cancelled')
    await world.clock.pass(1000)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 2'])
    expect(await one.control.end('acme', 'd1')).toBeUndefined()
    await later(2 * hour)
    expect(told()).toHaveLength(3)
  })

  test('of the same is extended, without telling the device again', async () => {
    await command('setFanSpeed', 2)
    const id = await override(5, minute)
    await world.clock.pass(30_000)
    expect(await override(5, minute)).toBe(id)
    await world.clock.pass(45_000)
    expect(orders()).toHaveLength(2)
    await world.clock.pass(15_000)
    expect(told().at(-1)).toBe('setFanSpeed 2 at 90')
  })

  test('of something else replaces it, and what was there before the first still comes back', async () => {
    await command('setFanSpeed', 2)
    await override(5, hour)
    await override(4, minute)
    await later(2 * hour)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 4', 'setFanSpeed 2'])
  })

  test('ends with a command by hand, which is what counts from then on', async () => {
    await command('setFanSpeed', 2)
    await override(5, hour)
    await command('setFanSpeed', 3)
    expect(await running()).toBe('superseded')
    expect(await desired()).toMatchObject({ fanSpeed: '3 manual' })
    await later(2 * hour)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 3'])
  })

  test('ends with it though whoever took the command died before it could say so', async () => {
    await command('setFanSpeed', 2)
    await override(5, hour)
    one.commands.oversee({ admit: () => Promise.resolve(undefined) })
    await command('setFanSpeed', 3)
    expect(await running()).toBeUndefined()
    expect(await desired()).toMatchObject({ fanSpeed: '3 manual' })
    await later(2 * hour)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 3'])
    expect(await running()).toBe('superseded')
  })

  test('ends with turning it off by hand, and the device is told nothing else', async () => {
    await command('setFanSpeed', 2)
    await override(5, hour)
    await command('turnOff')
    await later(2 * hour)
    expect(orders().slice(2)).toEqual(['turnOff'])
  })

  test('ends with it, and when it is turned on again it does what it did before', async () => {
    await command('setFanSpeed', 2)
    await override(5, hour)
    await command('turnOff')
    await later(2 * hour)
    await command('turnOn')
    await world.clock.pass(1000)
    expect(orders().slice(2)).toEqual(['turnOff', 'turnOn', 'setFanSpeed 2'])
    await command('turnOff')
    await command('turnOn')
    expect(orders()).toHaveLength(7)
  })

  test('that the device refuses has failed, and changes nothing', async () => {
    await command('setFanSpeed', 2)
    world.purifier.faults = ['refused']
    await override(5, hour)
    const view = await one.control.view('acme', 'd1')
    expect(view?.override).toMatchObject({ status: 'failed', errorMessage: 'filter missing' })
    expect(await desired()).toMatchObject({ fanSpeed: '2 manual' })
    await later(2 * hour)
    expect(orders()).toEqual(['setFanSpeed 2'])
  })

  test('that has no answer has failed, and what wins is sent when the device is back', async () => {
    await command('setFanSpeed', 2)
    world.purifier.isOnline = false
    await override(5, hour)
    await world.clock.pass(89_000)
    expect(await running()).toBe('active')
    await world.clock.pass(2000)
    const view = await one.control.view('acme', 'd1')
    expect(view?.override).toMatchObject({
      status: 'failed',
      errorMessage: 'no acknowledgment after 3 attempts',
    })
    world.purifier.isOnline = true
    await later(minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 2'])
  })

  test('of a device that is away when it ends gives back when it is there again', async () => {
    await command('setFanSpeed', 2)
    await override(5, minute)
    world.purifier.isOnline = false
    await later(3 * hour)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5'])
    world.purifier.isOnline = true
    await later(minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 2'])
  })

  test('that ends while nobody is awake gives back as soon as somebody is, once', async () => {
    await command('setFanSpeed', 2)
    await override(5, minute)
    await one.jobs.stop()
    await later(hour)
    world.open('b')
    world.open('c')
    await world.clock.pass(5000)
    expect(told().slice(2)).toEqual(['setFanSpeed 2 at 3600'])
  })

  test('is refused for what the class does not take, or what nothing could hold', async () => {
    const start = (wanted: object) =>
      one.control.start('acme', 'd1', { durationMs: minute, source: 'api', ...wanted })
    expect(await start({ value: 6 })).toMatchObject({ kind: 'wrong', path: 'value' })
    expect(await start({ action: 'explode' })).toMatchObject({ kind: 'wrong', path: 'action' })
    expect(await start({ action: 'blink' })).toMatchObject({ kind: 'wrong', path: 'action' })
    expect(await start({ value: 5 })).toMatchObject({ kind: 'done', override: { action: 'setFanSpeed' } })
    expect(
      await one.control.start('other', 'd1', { durationMs: minute, source: 'api', value: 5 }),
    ).toMatchObject({ kind: 'no-device' })
  })
})

describe('an override and a schedule', () => {
  test('a window that opens beneath is what comes back', async () => {
    await command('setFanSpeed', 2)
    await schedule('06:10', '08:00')
    await override(5, 30 * minute)
    await later(20 * minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5'])
    expect(await desired()).toMatchObject({ fanSpeed: '5 override' })
    await later(15 * minute)
    expect(orders().slice(2)).toEqual(['setFanSpeed 3'])
    expect(await desired()).toMatchObject({ fanSpeed: '3 schedule', powerOn: 'true schedule' })
    await later(2 * hour)
    expect(orders().slice(3)).toEqual(['turnOff'])
  })

  test('a window that closes beneath leaves the device off afterwards', async () => {
    await schedule('06:00', '06:10')
    await override(5, 30 * minute)
    await later(20 * minute)
    expect(orders()).toEqual(['turnOn', 'setFanSpeed 3', 'setFanSpeed 5'])
    await later(15 * minute)
    expect(orders().slice(3)).toEqual(['turnOff'])
  })

  test('a window that opens and closes beneath leaves it off, too', async () => {
    await command('setFanSpeed', 2)
    await schedule('06:05', '06:10')
    await override(5, 30 * minute)
    for (const minutes of [7, 4, 20]) await later(minutes * minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'turnOff'])
  })

  test('a command by hand inside a window holds until its next edge, over an override as well', async () => {
    await schedule('06:00', '08:00')
    await command('setFanSpeed', 1)
    expect(await desired()).toMatchObject({ fanSpeed: '1 manual', powerOn: 'true schedule' })
    await override(5, 10 * minute)
    await later(10 * minute)
    expect(orders()).toEqual(['turnOn', 'setFanSpeed 3', 'setFanSpeed 1', 'setFanSpeed 5', 'setFanSpeed 1'])
    await later(2 * hour)
    expect(orders().slice(5)).toEqual(['turnOff'])
  })

  test('of two windows that touch the second is open afterwards, whichever edge comes first', async () => {
    await schedule('06:00', '07:00', 1)
    await schedule('07:00', '08:00', 4)
    await later(hour)
    expect(world.purifier).toMatchObject({ powerOn: true, fanSpeed: 4 })
    await later(hour)
    expect(world.purifier).toMatchObject({ powerOn: false })
  })
})

describe('safety', () => {
  const engage = () => override(0, hour, { rank: 'safety', reason: 'filter is being changed' })

  test('is over an override and a schedule, and lets nothing by hand through', async () => {
    await command('setFanSpeed', 2)
    await override(5, 2 * hour)
    await engage()
    expect(await desired()).toMatchObject({ fanSpeed: '0 safety' })
    const issued = await one.commands.issue('acme', {
      deviceId: 'd1',
      action: 'setFanSpeed',
      value: 1,
      source: 'api',
    })
    expect(issued).toEqual({
      kind: 'held',
      message: 'the device is held for safety: filter is being changed',
    })
    expect(
      await one.control.start('acme', 'd1', { value: 4, durationMs: minute, source: 'api' }),
    ).toMatchObject({ kind: 'held' })
    await later(hour)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 0', 'setFanSpeed 5'])
    await later(hour)
    expect(orders().slice(4)).toEqual(['setFanSpeed 2'])
  })

  test('an override that ends beneath it waits with what it gives back', async () => {
    await command('setFanSpeed', 2)
    await override(5, 10 * minute)
    await engage()
    await later(30 * minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 0'])
    await later(hour)
    expect(orders().slice(3)).toEqual(['setFanSpeed 2'])
  })
})

describe('when the clock is put forward or back by an hour', () => {
  const speed = (): number => world.purifier.fanSpeed

  test.each([hour, -hour])('an override lasts as long as it was to, and ends once (%i ms)', async (byMs) => {
    await command('setFanSpeed', 2)
    await override(5, 30 * minute)
    await later(10 * minute)
    world.clock.turnTo(world.clock.nowMs() + byMs)
    await later(19 * minute)
    expect(speed()).toBe(5)
    await later(2 * minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 2'])
    await later(2 * hour)
    expect(orders()).toHaveLength(3)
  })

  test.each([hour, -hour])('while nobody is there, just so (%i ms)', async (byMs) => {
    await command('setFanSpeed', 2)
    await override(5, 30 * minute)
    await one.jobs.stop()
    await later(10 * minute)
    world.clock.turnTo(world.clock.nowMs() + byMs)
    one = world.open('b')
    await later(19 * minute)
    expect(speed()).toBe(5)
    await later(2 * minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 2'])
  })

  test('what somebody sends afterwards is newer than what was there before, and ends the override', async () => {
    await command('setFanSpeed', 2)
    await override(5, 30 * minute)
    world.clock.turnTo(world.clock.nowMs() - hour)
    await command('setFanSpeed', 4)
    expect((await one.control.get('acme', 'd1'))?.override?.status).toBe('superseded')
    await override(1, 5 * minute)
    world.clock.turnTo(world.clock.nowMs() - hour)
    await later(6 * minute)
    expect(orders().slice(2)).toEqual(['setFanSpeed 4', 'setFanSpeed 1', 'setFanSpeed 4'])
  })

  test('a knob that is turned afterwards is newer than what was confirmed before', async () => {
    await command('setFanSpeed', 2)
    await later(hour)
    world.clock.turnTo(startMs)
    await world.clock.pass(1000)
    world.turnKnob({ fanSpeed: 4 })
    await override(5, 5 * minute)
    await later(6 * minute)
    expect(orders()).toEqual(['setFanSpeed 2', 'setFanSpeed 5', 'setFanSpeed 4'])
  })

  test('what a window has sent, and had no answer, is sent once more', async () => {
    await one.schedules.create('acme', {
      deviceId: 'd1',
      days: ['mon'],
      startTime: '07:00',
      endTime: '23:00',
      timeZone: 'UTC',
      start: [{ action: 'setFanSpeed', value: 3 }],
      end: [],
      isActive: true,
    })
    world.purifier.faults = Array.from({ length: 3 }, () => 'unheard' as const)
    await later(hour)
    for (let tries = 0; tries < 5; tries += 1) await later(30_000)
    expect((await world.log()).map(({ status }) => status)).toEqual(['timeout'])
    world.clock.turnTo(world.clock.nowMs() - 30 * minute)
    await later(2 * minute)
    expect(orders()).toEqual(['setFanSpeed 3'])
    await later(2 * hour)
    expect(orders()).toEqual(['setFanSpeed 3'])
  })
})

import { beforeEach, describe, expect, test } from 'vitest'
import type { Edge } from '../control/control-service.ts'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import { type Jobs } from '../platform/kit/jobs/jobs.ts'
import { defaultActions, Schedules, type WantedSchedule } from './schedules.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'

/** A Monday. */
const startMs = Date.parse('2026-01-05T06:00:00Z')
const record = aRecord(
  aClass({
    commands: [
      { name: 'turnOn', movesField: 'powerOn' },
      { name: 'turnOff', movesField: 'powerOn' },
      { name: 'setFanSpeed', value: { type: 'integer', min: 0, max: 5 }, movesField: 'fanSpeed' },
    ],
  }),
  aDevice(),
)

const world = useInstances(startMs)
/** By id: asked for twice is asked for once. */
let asked: Map<string, string>
let ids: number

beforeEach(() => {
  asked = new Map()
  ids = 0
})

function instance(name: string): { readonly schedules: Schedules; readonly jobs: Jobs } {
  const { clock, jobs, store } = world.open(name)
  const control = {
    takeEdge: async (_: string, { sends }: Edge) => {
      for (const { action, commandId, source, value } of sends) {
        expect(source).toBe('schedule')
        const at = new Date(clock.nowMs()).toISOString().slice(8, 16)
        if (!asked.has(commandId)) asked.set(commandId, `${at} ${action}${value === null ? '' : ` ${value}`}`)
      }
      return true
    },
  }
  const schedules = new Schedules({
    store,
    clock,
    jobs,
    directory: { lookup: (id) => (id === 'd1' ? record : undefined) },
    // oxlint-disable-next-line no-unsafe-type-assertion -- of secrets only new ids are asked for
    secrets: { newId: () => `${name}${(ids += 1)}` } as never,
    control,
  })
  jobs.start(schedules.job)
  return { schedules, jobs }
}

const wanted = (changes: Partial<WantedSchedule> = {}): WantedSchedule => ({
  deviceId: 'd1',
  days: ['mon'],
  startTime: '08:00',
  endTime: '10:00',
  timeZone: 'UTC',
  start: [...defaultActions(3).start],
  end: [...defaultActions(3).end],
  isActive: true,
  ...changes,
})
async function create(schedules: Schedules, changes: Partial<WantedSchedule> = {}): Promise<string> {
  const saved = await schedules.create('acme', wanted(changes))
  if (saved.kind !== 'saved') throw new Error(JSON.stringify(saved))
  return saved.schedule.id
}
/** Nobody looks in between: it is as if all had slept. */
async function sleepUntil(iso: string): Promise<void> {
  world.clock.turnTo(Date.parse(iso))
  await world.clock.pass(1500)
}
const commanded = (): readonly string[] => [...asked.values()]

describe('a schedule', () => {
  test('commands at its start and at its end, week after week', async () => {
    const { schedules } = instance('a')
    await create(schedules)
    for (const iso of ['2026-01-05T08:00Z', '2026-01-05T10:00Z', '2026-01-12T08:00Z', '2026-01-12T10:00Z'])
      await sleepUntil(iso)
    expect(commanded()).toEqual([
      '05T08:00 turnOn',
      '05T08:00 setFanSpeed 3',
      '05T10:00 turnOff',
      '12T08:00 turnOn',
      '12T08:00 setFanSpeed 3',
      '12T10:00 turnOff',
    ])
  })

  test('fires once though two instances are awake, and one of them stops in between', async () => {
    const [one] = [instance('a'), instance('b')]
    await create(one.schedules)
    await sleepUntil('2026-01-05T08:00Z')
    await one.jobs.stop()
    await sleepUntil('2026-01-05T10:00Z')
    expect(commanded()).toEqual(['05T08:00 turnOn', '05T08:00 setFanSpeed 3', '05T10:00 turnOff'])
  })

  test('after a time away catches up what is not over, and records the rest as missed', async () => {
    const first = instance('a')
    const id = await create(first.schedules, { days: ['mon', 'tue', 'wed'] })
    await sleepUntil('2026-01-05T08:00Z')
    await first.jobs.stop()
    const { schedules } = instance('b')
    await sleepUntil('2026-01-07T09:30Z')
    expect(commanded().slice(2)).toEqual(['07T09:30 turnOff', '07T09:30 turnOn', '07T09:30 setFanSpeed 3'])
    const { items } = await schedules.firings('acme', id, { limit: 10 })
    const line = ({ edge, firedMs, plannedMs }: (typeof items)[number]['document']): string =>
      `${edge} ${new Date(plannedMs).toISOString().slice(8, 16)} ${firedMs === null ? 'missed' : 'fired'}`
    expect(items.map(({ document }) => line(document))).toEqual([
      'start 07T08:00 fired',
      'end 06T10:00 missed',
      'start 06T08:00 missed',
      'end 05T10:00 fired',
      'start 05T08:00 fired',
    ])
  })

  test('made, switched off and on again in the middle of its window does what that means, at once', async () => {
    const { schedules } = instance('a')
    await sleepUntil('2026-01-05T09:00Z')
    const id = await create(schedules)
    await world.clock.pass(1000)
    await schedules.change('acme', id, wanted({ isActive: false }))
    await world.clock.pass(1000)
    await schedules.change('acme', id, wanted())
    await world.clock.pass(1000)
    expect(commanded().map((text) => text.slice(9))).toEqual([
      'turnOn',
      'setFanSpeed 3',
      'turnOff',
      'turnOn',
      'setFanSpeed 3',
    ])
  })

  test('that is removed while it is open leaves the device off', async () => {
    const { schedules } = instance('a')
    const id = await create(schedules)
    await sleepUntil('2026-01-05T09:00Z')
    expect(await schedules.remove('acme', id)).toBe(true)
    expect(commanded().at(-1)).toBe('05T09:00 turnOff')
    await sleepUntil('2026-01-12T09:00Z')
    expect(commanded()).toHaveLength(3)
  })
})

test.each([
  [{ startTime: '09:59', endTime: '11:00' }, 'overlaps'],
  [{ startTime: '10:00', endTime: '11:00' }, 'saved'],
  [{ startTime: '09:00', endTime: '11:00', isActive: false }, 'saved'],
  [{ deviceId: 'd2' }, 'no-device'],
  [{ start: [{ action: 'setFanSpeed', value: 9 }], startTime: '12:00', endTime: '13:00' }, 'wrong'],
] satisfies readonly [Partial<WantedSchedule>, string][])(
  'beside one from 8 to 10, one with %j is: %s',
  async (changes, kind) => {
    const { schedules } = instance('a')
    const id = await create(schedules)
    const saved = await schedules.create('acme', wanted(changes))
    expect(saved.kind).toBe(kind)
    expect('other' in saved ? saved.other : id).toBe(id)
  },
)

describe('given two that do not overlap, when both are changed into one window at the same moment', () => {
  const noon = { startTime: '12:00', endTime: '13:00' }
  const early = { startTime: '08:00', endTime: '09:00' }
  const late = { startTime: '10:00', endTime: '11:00' }

  async function changeBoth(one: Schedules, other: Schedules): Promise<readonly string[]> {
    const [first, second] = [await create(one, early), await create(one, late)]
    const saved = await Promise.all([
      one.change('acme', first, wanted(noon)),
      other.change('acme', second, wanted(noon)),
    ])
    return saved.map(({ kind }) => kind)
  }
  const startTimes = async ({ schedules }: { schedules: Schedules }): Promise<readonly string[]> =>
    (await schedules.list('acme', { limit: 10 })).items.map(({ document }) => document.startTime)

  test('in one process, then the first is, and the other stays what it was', async () => {
    const one = instance('a')
    expect(await changeBoth(one.schedules, one.schedules)).toEqual(['saved', 'overlaps'])
    expect(await startTimes(one)).toEqual(['12:00', '10:00'])
  })

  test('in two processes, then each gives way to the other, and stays what it was', async () => {
    const [one, other] = [instance('a'), instance('b')]
    expect(await changeBoth(one.schedules, other.schedules)).toEqual(['overlaps', 'overlaps'])
    expect(await startTimes(one)).toEqual(['08:00', '10:00'])
  })
})

test('of two that are made at the same moment for one window only the first is', async () => {
  const { schedules } = instance('a')
  const saved = await Promise.all([schedules.create('acme', wanted()), schedules.create('acme', wanted())])
  expect(saved.map(({ kind }) => kind)).toEqual(['saved', 'overlaps'])
})

test('a schedule is not put off for as long as a clock was ahead that is right again', async () => {
  const { schedules } = instance('a')
  world.clock.turnTo(Date.parse('2027-01-04T06:00:00Z'))
  const id = await create(schedules)
  await world.clock.pass(2000)
  world.clock.turnTo(startMs)
  await schedules.wakePutOff()
  await world.clock.pass(2000)
  expect((await schedules.get('acme', id))?.dueAtMs).toBe(Date.parse('2026-01-05T08:00:00Z'))
  await sleepUntil('2026-01-05T08:00:01Z')
  expect([...asked.values()]).toEqual(['05T08:00 turnOn', '05T08:00 setFanSpeed 3'])
})

describe('given a window that is open, and a clock that was set back to before it', () => {
  let schedules: Schedules
  let id: string
  let before: number
  beforeEach(async () => {
    schedules = instance('a').schedules
    id = await create(schedules)
    await sleepUntil('2026-01-05T08:30Z')
    await sleepUntil('2026-01-05T07:30Z')
    before = asked.size
  })

  test('when what it commands is changed, then it goes on, and ends when it is to', async () => {
    await schedules.change('acme', id, wanted({ end: [{ action: 'setFanSpeed', value: 0 }] }))
    await world.clock.pass(1500)
    for (const iso of ['2026-01-05T08:00Z', '2026-01-05T09:00Z', '2026-01-05T10:00Z']) await sleepUntil(iso)
    expect(commanded().slice(before)).toEqual(['05T10:00 setFanSpeed 0'])
  })

  test('when it is switched off, then it ends at once; on again, it begins when it is to', async () => {
    await schedules.change('acme', id, wanted({ isActive: false }))
    await world.clock.pass(1500)
    await schedules.change('acme', id, wanted())
    for (const iso of ['2026-01-05T08:00Z', '2026-01-05T10:00Z']) await sleepUntil(iso)
    expect(commanded().slice(before)).toEqual([
      '05T07:30 turnOff',
      '05T08:00 turnOn',
      '05T08:00 setFanSpeed 3',
      '05T10:00 turnOff',
    ])
  })

  test('when it is moved to later, then it ends at once, and begins when it is to', async () => {
    await schedules.change('acme', id, wanted({ startTime: '09:00' }))
    await world.clock.pass(1500)
    for (const iso of ['2026-01-05T08:00Z', '2026-01-05T09:00Z', '2026-01-05T10:00Z']) await sleepUntil(iso)
    expect(commanded().slice(before)).toEqual([
      '05T07:30 turnOff',
      '05T09:00 turnOn',
      '05T09:00 setFanSpeed 3',
      '05T10:00 turnOff',
    ])
  })
})

test('given a window that is over, when a clock is set back into it and it is changed, then it begins and ends anew', async () => {
  const { schedules } = instance('a')
  const id = await create(schedules)
  for (const iso of ['2026-01-05T08:00Z', '2026-01-05T10:00Z', '2026-01-05T09:00Z']) await sleepUntil(iso)
  const before = asked.size
  await schedules.change('acme', id, wanted())
  for (const iso of ['2026-01-05T09:30Z', '2026-01-05T10:00Z']) await sleepUntil(iso)
  expect(
    commanded()
      .slice(before)
      .map((text) => text.slice(6)),
  ).toEqual([expect.stringContaining('turnOn'), expect.stringContaining('setFanSpeed 3'), '00 turnOff'])
})

test('given a clock that was ahead for days, when it is put right, then windows of days that it had been through open again', async () => {
  const { schedules } = instance('a')
  await create(schedules, { days: ['mon', 'tue', 'wed'] })
  for (const iso of ['2026-01-07T08:00Z', '2026-01-07T10:00Z', '2026-01-05T07:00Z']) await sleepUntil(iso)
  const before = asked.size
  await schedules.wakePutOff()
  await world.clock.pass(1500)
  for (const iso of ['2026-01-07T08:00Z', '2026-01-07T10:00Z']) await sleepUntil(iso)
  expect(commanded().slice(before)).toEqual(['07T08:00 turnOn', '07T08:00 setFanSpeed 3', '07T10:00 turnOff'])
})

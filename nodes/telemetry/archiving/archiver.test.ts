import { afterEach, describe, expect, it } from 'vitest'
import { gather } from '../../platform/kit/gather.ts'
import { allPages, asItems, DAY_MS, reading, START_MS } from '../../platform/series/contract/fixture.ts'
import type { SeriesReading, SeriesStore } from '../../platform/series/port.ts'
import { type ArchiveSetup, openArchiveForTest } from './archive.fixture.ts'
import { type ArchiveStep, archiveSteps } from './archiver.ts'
import { readChain } from './chain.ts'
import { ArchiveDamaged } from '../../platform/archive/errors.ts'
import { dayName, startOfDay } from './days.ts'
import { readPart } from './read-part.ts'

let open: ArchiveSetup[] = []
async function setup(...given: Parameters<typeof openArchiveForTest>): Promise<ArchiveSetup> {
  const one = await openArchiveForTest(...given)
  open.push(one)
  return one
}
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

const devices = ['device-1', 'device-2', 'device-3'] as const
/** Three days of two ports of three devices, every hour. */
const threeDays: readonly SeriesReading[] = Array.from({ length: 72 }, (_, i) => i).flatMap((i) =>
  devices.flatMap((deviceId) =>
    [1, 2].map((port) => reading({ deviceId, port, ts: START_MS + i * 3_600_000, rawValue: i / 3 + port })),
  ),
)
const of = (deviceId: string): readonly SeriesReading[] =>
  threeDays.filter((one) => one.deviceId === deviceId)

async function expectAll(series: SeriesStore, more: readonly SeriesReading[] = []): Promise<void> {
  for (const deviceId of devices) {
    const expected = [...of(deviceId), ...more.filter((one) => one.deviceId === deviceId)]
    expect(await allPages(series, { deviceId })).toEqual(
      asItems(expected.toSorted((a, b) => a.ts - b.ts || a.port - b.port)),
    )
  }
}

/** Everything that files named by the manifest hold. */
async function archivedRows({ memory }: ArchiveSetup): Promise<number> {
  let rows = 0
  for (const { entry } of await gather(readChain(memory.archive, 'org-1'))) {
    const content = memory.objects.get(entry.file.key) ?? new Uint8Array()
    rows += (await readPart(entry.file.key, content)).length
  }
  return rows
}

describe('a run', () => {
  it('writes a file for each day, sorted by device, port and time, and names it in the manifest', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    expect(await one.run()).toMatchObject({ days: 4, readings: threeDays.length, files: 4 })
    const entries = (await gather(readChain(one.memory.archive, 'org-1'))).map(({ entry }) => entry)
    expect(entries.map(({ day }) => day)).toEqual(['2025-09-06', '2025-09-07', '2025-09-08', '2025-09-09'])
    const [first] = entries
    if (first === undefined) throw new Error('nothing was archived')
    expect(first).toMatchObject({
      rows: 12 * 6,
      fromTs: START_MS,
      toTs: START_MS + 11 * 3_600_000,
      devices,
      file: { key: expect.stringMatching(/^org=org-1\/day=2025-09-06\/part-[0-9a-f]{24}\.parquet$/) },
    })
    const rows = await readPart('a', one.memory.objects.get(first.file.key) ?? new Uint8Array())
    const order = Array.from({ length: rows.length }, (_, row) => {
      const { port, ts } = rows.point(row)
      return [rows.deviceId[row] ?? '', port, ts] as const
    })
    expect(order).toEqual(
      order.toSorted(([a, b, c], [x, y, z]) => (a === x ? b - y || c - z : a < x ? -1 : 1)),
    )
    await expectAll(one.series)
    expect(await one.live.oldest('org-1')).toEqual([])
  })

  it('has nothing to do the second time', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    await one.run()
    const before = [...one.memory.objects.keys()]
    expect(await one.run()).toEqual({ days: 0, readings: 0, files: 0, bytes: 0 })
    expect([...one.memory.objects.keys()]).toEqual(before)
  })

  it('takes only whole days that are past the device’s own retention', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    const day = startOfDay(START_MS)
    const cutoffs: Readonly<Record<string, number>> = {
      'device-1': day + 2 * DAY_MS,
      'device-2': day + DAY_MS,
    }
    const latestCutoffMs = Math.max(...Object.values(cutoffs))
    await one.run({ cutoffMs: (deviceId) => cutoffs[deviceId] ?? 0, latestCutoffMs })
    const oldest = (await one.live.oldest('org-1')).map(
      ({ deviceId, ts }) => [deviceId, dayName(ts)] as const,
    )
    expect(new Map(oldest)).toEqual(
      new Map([
        ['device-1', '2025-09-08'],
        ['device-2', '2025-09-07'],
        ['device-3', '2025-09-06'],
      ]),
    )
    await expectAll(one.series)
  })

  it('leaves days alone that were restored, and takes those behind them', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    const kept = startOfDay(START_MS)
    await one.run({ isKept: (_, day) => day === kept })
    expect(await allPages(one.live, {})).toEqual(
      asItems(of('device-1').filter(({ ts }) => startOfDay(ts) === kept)),
    )
    await expectAll(one.series)
  })

  it('ends where it may not go on', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    let asked = 0
    const { days } = await one.run({ mayGoOn: () => Promise.resolve((asked += 1) <= 2) })
    expect(days).toBe(2)
    await expectAll(one.series)
  })

  it('makes a further file of what comes late for an archived day, and drops what is there already', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    await one.run()
    const late = reading({ deviceId: 'device-2', ts: START_MS + 1, rawValue: -1 })
    const again = reading({ deviceId: 'device-2', ts: START_MS, rawValue: 1e9 })
    await one.series.append([late, again])
    await expectAll(one.series, [late])
    expect(await one.run()).toMatchObject({ days: 1, readings: 1, files: 1 })
    expect(await one.live.oldest('org-1')).toEqual([])
    await expectAll(one.series, [late])
    await one.series.append([again])
    expect(await one.run()).toMatchObject({ days: 1, readings: 0, files: 0 })
    expect(await one.live.oldest('org-1')).toEqual([])
    await expectAll(one.series, [late])
    expect(await archivedRows(one)).toBe(threeDays.length + 1)
  })

  it('keeps latest values known when all readings have gone', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    const before = await one.live.latest('org-1', 'device-1')
    await one.run()
    expect(await one.live.latest('org-1', 'device-1')).toEqual([])
    expect(await one.series.latest('org-1', 'device-1')).toEqual(before)
  })

  it('goes on when another process has archived meanwhile', async () => {
    const one = await setup()
    await one.live.append(threeDays)
    const day = startOfDay(START_MS)
    await one.run({ cutoffMs: () => day + DAY_MS })
    const other = one.archiver
    one.restart()
    await one.run({ cutoffMs: () => day + 2 * DAY_MS })
    await other.run({
      orgId: 'org-1',
      cutoffMs: () => day + 3 * DAY_MS,
      latestCutoffMs: day + 3 * DAY_MS,
      isKept: () => false,
      mayGoOn: () => Promise.resolve(true),
    })
    expect(await gather(readChain(one.memory.archive, 'org-1'))).toHaveLength(3)
    await expectAll(one.series)
  })
})

describe('readings that arrive', () => {
  it('after the day was read and before it is compared go to a further file', async () => {
    const late = reading({ deviceId: 'device-1', ts: START_MS + 5, rawValue: 5 })
    let isFirst = true
    const one = await setup({
      step(step) {
        if (step !== 'verified' || !isFirst) return
        isFirst = false
        void one.series.append([late])
      },
    })
    await one.live.append(threeDays)
    expect(await one.run()).toMatchObject({ readings: threeDays.length + 1, files: 5 })
    await expectAll(one.series, [late])
    expect(await archivedRows(one)).toBe(threeDays.length + 1)
  })

  it('between comparing and removing wait until the day is removed, and are kept', async () => {
    const late = devices.map((deviceId, i) => reading({ deviceId, ts: START_MS + 5 + i, rawValue: 5 }))
    const elsewhere = reading({ deviceId: 'device-1', ts: START_MS + 300 * DAY_MS, rawValue: 6 })
    const durables: Promise<unknown>[] = []
    const one = await setup({
      step(step) {
        if (step === 'compared' && durables.length === 0)
          durables.push(one.series.append([...late, elsewhere]).then(({ durable }) => durable))
      },
    })
    await one.live.append(threeDays)
    await one.run({ cutoffMs: () => startOfDay(START_MS + DAY_MS) })
    await one.live.flush()
    expect(durables).toHaveLength(1)
    await Promise.all(durables)
    await expectAll(one.series, [...late, elsewhere])
    expect(await archivedRows(one)).toBe(12 * 6 + late.length)
  })

  it('by an append that has begun before the fence went up are waited for', async () => {
    const late = reading({ deviceId: 'device-1', ts: START_MS + 5, rawValue: 5 })
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    let isSlow = false
    const one = await setup({
      around: (live) =>
        Object.assign(Object.create(live), {
          append: async (readings: readonly SeriesReading[]) => {
            if (isSlow) await gate
            return await live.append(readings)
          },
          range: (query: Parameters<SeriesStore['range']>[0]) => live.range(query),
          latest: (orgId: string, deviceId: string) => live.latest(orgId, deviceId),
          oldest: (...asked: Parameters<SeriesStore['oldest']>) => live.oldest(...asked),
          removePeriod: (period: Parameters<SeriesStore['removePeriod']>[0]) => live.removePeriod(period),
          flush: () => live.flush(),
        }),
      step(step) {
        // The last moment before the fence.
        if (step === 'listed') setImmediate(() => openGate(undefined))
      },
    })
    await one.live.append(threeDays)
    isSlow = true
    const appended = one.series.append([late])
    await one.run({ cutoffMs: () => startOfDay(START_MS + DAY_MS) })
    await appended
    expect(await archivedRows(one)).toBe(12 * 6 + 1)
    await expectAll(one.series, [late])
  })
})

describe('a failure', () => {
  class Crash extends Error {}

  it.each(archiveSteps)('at "%s" loses nothing, and the next run completes', async (at: ArchiveStep) => {
    let isCrashing = true
    const one = await setup({
      partRows: 40,
      step(step) {
        if (isCrashing && step === at) throw new Crash(at)
      },
    })
    await one.live.append(threeDays)
    await expect(one.run()).rejects.toThrow(Crash)
    await expectAll(one.series)
    one.restart()
    await expectAll(one.series)
    isCrashing = false
    await one.run()
    expect(await one.live.oldest('org-1')).toEqual([])
    await expectAll(one.series)
    expect(await archivedRows(one)).toBe(threeDays.length)
  })

  const operations = [
    ['putting a file', 'put', 'day='],
    ['reading it back', 'get', 'day='],
    ['writing the manifest', 'create', 'manifest'],
  ] as const

  it.each(operations)('of the archive %s removes nothing', async (_, operation, part) => {
    const one = await setup()
    await one.live.append(threeDays)
    let calls = 0
    one.memory.failBefore = (what, key) => {
      if (what === operation && key.includes(part) && (calls += 1) >= 2) throw new Crash('503 Slow Down')
    }
    await expect(one.run()).rejects.toThrow(Crash)
    one.memory.failBefore = () => undefined
    const archived = await archivedRows(one)
    const live = (await Promise.all(devices.map((deviceId) => allPages(one.live, { deviceId })))).flat()
      .length
    expect(archived + live).toBeGreaterThanOrEqual(threeDays.length)
    await expectAll(one.series)
    await one.run()
    await expectAll(one.series)
    expect(await archivedRows(one)).toBe(threeDays.length)
  })

  it.each([
    ['comes back shorter', (content: Uint8Array) => content.subarray(0, content.length - 1)],
    ['comes back with a flipped bit', (content: Uint8Array) => content.with(50, (content[50] ?? 0) ^ 4)],
  ])('shows when a file %s: nothing is listed, nothing removed', async (_, damage) => {
    const one = await setup()
    await one.live.append(threeDays)
    let isDamaging = true
    one.memory.failBefore = (what, key) => {
      const content = one.memory.objects.get(key)
      if (isDamaging && what === 'get' && key.endsWith('.parquet') && content !== undefined)
        one.memory.objects.set(key, damage(content))
    }
    await expect(one.run()).rejects.toThrow(ArchiveDamaged)
    expect(await gather(readChain(one.memory.archive, 'org-1'))).toEqual([])
    for (const deviceId of devices)
      expect(await allPages(one.live, { deviceId })).toEqual(asItems(of(deviceId)))
    isDamaging = false
    await one.run()
    await expectAll(one.series)
  })
})

describe('a clock that was a day ahead', () => {
  it('when a device was removed holds nothing up: what comes after it is archived once', async () => {
    const clock = { aheadMs: DAY_MS }
    const one = await setup({ clock })
    await one.live.append(threeDays)
    await one.run()
    await one.series.removeDevice('org-1', 'device-1')
    clock.aheadMs = 0
    await one.live.append(of('device-1'))
    const objects = one.memory.objects.size
    expect(await one.run()).toMatchObject({ readings: of('device-1').length })
    expect(await one.run()).toMatchObject({ readings: 0, files: 0 })
    expect(one.memory.objects.size - objects).toBeLessThan(20)
    await expectAll(one.series)
  })

  it('when something was archived does not bring it back after its device was removed', async () => {
    const clock = { aheadMs: DAY_MS }
    const one = await setup({ clock })
    await one.live.append(threeDays)
    await one.run()
    clock.aheadMs = 0
    await one.series.removeDevice('org-1', 'device-1')
    expect(await allPages(one.series, { deviceId: 'device-1' })).toEqual([])
    await one.live.append(of('device-1'))
    await one.run()
    await expectAll(one.series)
  })
})

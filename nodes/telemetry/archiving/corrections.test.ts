import { afterEach, describe, expect, it } from 'vitest'
import { gather } from '../../platform/kit/gather.ts'
import { allPages, asItems, DAY_MS, reading, START_MS } from '../../platform/series/contract/fixture.ts'
import type { SeriesReading } from '../../platform/series/port.ts'
import { type ArchiveSetup, openArchiveForTest } from './archive.fixture.ts'
import { readChain } from './chain.ts'
import { Restorer } from './restorer.ts'
import { ArchivedReadings } from './archived-readings.ts'
import { DeviceNotes } from './device-notes.ts'
import { dayName } from './days.ts'

let open: ArchiveSetup[] = []
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})

const hours: readonly SeriesReading[] = Array.from({ length: 10 }, (_, i) =>
  reading({ ts: START_MS + i * 3_600_000, rawValue: i }),
)
const corrected = (rawValue: number): SeriesReading =>
  reading({ ts: START_MS, rawValue, ingestTs: START_MS + 40 * DAY_MS })
const expected = (first: SeriesReading): ReturnType<typeof asItems> => asItems([first, ...hours.slice(1)])

async function archived(
  lastWins: ReadonlySet<string>,
  late: readonly SeriesReading[],
): Promise<ArchiveSetup> {
  const one = await openArchiveForTest({ lastWins })
  open.push(one)
  await one.live.append(hours)
  await one.run()
  await one.series.append(late)
  return one
}

describe('another value for an instant that is archived', () => {
  it('does not count where the first one stays, and is told when it goes', async () => {
    const one = await archived(new Set(), [corrected(77), ...hours.slice(1, 3)])
    const [first] = hours
    if (first === undefined) throw new Error('no readings')
    expect(await allPages(one.series, {})).toEqual(expected(first))
    expect(one.conflicts).toEqual([])
    await one.run()
    expect(await allPages(one.series, {})).toEqual(expected(first))
    expect(await one.live.oldest('org-1')).toEqual([])
    expect(one.conflicts).toMatchObject([{ values: [0, 77], isReplaced: false, isArchived: true }])
  })

  it('corrects it where the last one stays, at once and for good', async () => {
    const lastWins = new Set(['device-1'])
    const one = await archived(lastWins, [corrected(77), ...hours.slice(1, 3)])
    expect(await allPages(one.series, {})).toEqual(expected(corrected(77)))
    expect(
      (
        await one.series.summary({
          orgId: 'org-1',
          deviceId: 'device-1',
          port: 1,
          fromMs: START_MS,
          toMs: START_MS + 1,
        })
      )?.max,
    ).toBe(154)
    await one.run()
    expect(await one.live.oldest('org-1')).toEqual([])
    expect(one.conflicts).toMatchObject([{ values: [0, 77], isReplaced: true }])
    // Whatever the class says from now on.
    lastWins.clear()
    one.restart()
    expect(await allPages(one.series, {})).toEqual(expected(corrected(77)))
    const entries = (await gather(readChain(one.memory.archive, 'org-1'))).map(({ entry }) => entry)
    expect(entries.map(({ corrects, rows }) => [corrects, rows])).toEqual([
      [undefined, 10],
      [true, 1],
    ])
  })

  it('is corrected again, and what is restored has the last one', async () => {
    const one = await archived(new Set(['device-1']), [corrected(77)])
    await one.run()
    await one.series.append([corrected(0)])
    await one.run()
    await one.series.append([corrected(78)])
    await one.run()
    expect(await allPages(one.series, {})).toEqual(expected(corrected(78)))
    const readings = new ArchivedReadings(one.memory.archive)
    const restorer = new Restorer({
      store: one.store,
      live: one.live,
      index: one.index,
      readings,
      notes: new DeviceNotes(one.store),
    })
    const hold = { id: 'h', day: dayName(START_MS), state: 'requested', keepUntilMs: 0 } as const
    expect(await restorer.restore('org-1', hold)).toBe(10)
    expect(await allPages(one.live, {})).toEqual(expected(corrected(78)))
    // Nothing that was brought back is taken for new.
    const { files } = await one.run()
    expect(files).toBe(0)
  })
})

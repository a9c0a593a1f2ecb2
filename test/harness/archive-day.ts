/** Archiving as a process of its own does it, on a folder and any archive, with a crash where the test wants one. */
import path from 'node:path'
import { ArchiveIndex } from '../../nodes/telemetry/archiving/archive-index.ts'
import { ArchivedReadings } from '../../nodes/telemetry/archiving/archived-readings.ts'
import { ArchivedSeries } from '../../nodes/telemetry/archiving/archived-series.ts'
import { Archiver, type Archived, type ArchiveStep } from '../../nodes/telemetry/archiving/archiver.ts'
import { DeviceNotes } from '../../nodes/telemetry/archiving/device-notes.ts'
import { Fence } from '../../nodes/telemetry/archiving/fence.ts'
import type { Archive } from '../../nodes/platform/archive/port.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'
import type { RangePage, SeriesReading } from '../../nodes/platform/series/port.ts'
import { openSqliteSeries } from '../../engines/series/sqlite.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'

const dayMs = 86_400_000
export const firstDay = Date.UTC(2025, 8, 6)
export const archivedDays = 4
export const archivedDevices = ['logger-1', 'logger-2', 'logger-3'] as const

/** A reading a minute, of two ports, on each of the days. */
export const archivedFleet: readonly SeriesReading[] = archivedDevices.flatMap((deviceId) =>
  Array.from({ length: archivedDays * 1440 }, (_, i) => {
    const ts = firstDay + i * 60_000
    const rawValue = Math.sin(i / 100) * 20
    const quality = i % 7 === 0 ? ('suspect' as const) : ('good' as const)
    return {
      orgId: 'acme',
      deviceId,
      port: 1 + (i % 2),
      ts,
      rawValue,
      calibratedValue: rawValue * 2,
      quality,
      ingestTs: ts,
    }
  }),
)

export interface ArchivingUnderTest {
  readonly series: ArchivedSeries
  /** Of the live series alone. */
  liveReadings(): Promise<number>
  store(readings: readonly SeriesReading[]): Promise<void>
  run(): Promise<Archived>
  close(): Promise<void>
}

export async function openArchiving(
  dataDir: string,
  archive: Archive,
  step?: (step: ArchiveStep) => void,
): Promise<ArchivingUnderTest> {
  const store = await openSqliteStore({ directory: path.join(dataDir, 'store') })
  const live = await openSqliteSeries({ directory: path.join(dataDir, 'series') })
  const common = {
    live,
    index: new ArchiveIndex(archive, systemClock, Infinity),
    readings: new ArchivedReadings(archive),
    notes: new DeviceNotes(store),
    fence: new Fence(),
    lastWins: () => false,
    clock: systemClock,
  }
  // Several files a day, so that there is more than one place where each step can fail.
  const archiver = new Archiver({
    ...common,
    archive,
    log: silentLogger,
    onConflicts: async () => undefined,
    partRows: 2000,
    ...(step && { step }),
  })
  const series = new ArchivedSeries(common)
  return {
    series,
    async liveReadings() {
      let count = 0
      for (const deviceId of archivedDevices) {
        const page = await live.range({
          orgId: 'acme',
          deviceId,
          fromMs: 0,
          toMs: firstDay * 2,
          limit: 1_000_000,
        })
        count += page.items.length
      }
      return count
    },
    async store(readings) {
      await live.append(readings)
      await live.flush()
    },
    run: () =>
      archiver.run({
        orgId: 'acme',
        cutoffMs: () => firstDay + archivedDays * dayMs,
        latestCutoffMs: firstDay + archivedDays * dayMs,
        isKept: () => false,
        mayGoOn: () => Promise.resolve(true),
      }),
    async close() {
      await live.close()
      await store.close()
    },
  }
}

/** What is found of all readings, in order. */
export async function everythingFound({
  series,
}: ArchivingUnderTest): Promise<readonly RangePage['items'][]> {
  return await Promise.all(
    archivedDevices.map(async (deviceId) => {
      const query = { orgId: 'acme', deviceId, fromMs: 0, toMs: firstDay * 2, limit: 1_000_000 }
      return (await series.range(query)).items
    }),
  )
}

export const everythingStored: readonly RangePage['items'][] = archivedDevices.map((deviceId) =>
  archivedFleet
    .filter((one) => one.deviceId === deviceId)
    .map(({ deviceId: _deviceId, orgId: _orgId, ...item }) => item),
)

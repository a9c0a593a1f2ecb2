/** The whole of it on small engines: SQLite series and store, an archive in memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Logger, silentLogger } from '../../platform/logger.ts'
import { DAY_MS, START_MS } from '../../platform/series/contract/fixture.ts'
import type { SeriesStore } from '../../platform/series/port.ts'
import { openForTest } from '../../../engines/series/sqlite.fixture.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import type { Conflict } from '../dedupe/settle.ts'
import { ArchiveIndex } from './archive-index.ts'
import { ArchivedReadings } from './archived-readings.ts'
import { ArchivedSeries } from './archived-series.ts'
import { type Archived, Archiver, type ArchiverParts, type ArchiveStep, type Due } from './archiver.ts'
import { DeviceNotes } from './device-notes.ts'
import { Fence } from './fence.ts'
import { startOfDay } from './days.ts'
import { type MemoryArchive, openMemoryArchive } from './memory.fixture.ts'
import type { Archive } from '../../platform/archive/port.ts'

export interface ArchiveSetup {
  /** What queries use. */
  readonly series: ArchivedSeries
  /** What is not archived. */
  readonly live: SeriesStore
  readonly memory: MemoryArchive
  readonly archiver: Archiver
  readonly store: Store
  /** What was told of values in conflict with archived ones. */
  readonly conflicts: readonly Conflict[]
  readonly index: ArchiveIndex
  /** Archives what was measured before, of `org-1`; default everything but the newest days. */
  readonly run: (due?: Partial<Due>) => Promise<Archived>
  /** Everything anew on the same stores, as after a restart. */
  restart(): void
  close(): Promise<void>
}

export interface ArchiveSetupOptions {
  readonly nowMs?: number
  /** Added to `nowMs`, for a clock that is not right. */
  readonly clock?: { aheadMs: number }
  readonly partRows?: number
  /** Devices of whose values for one instant the last stays; may change. */
  readonly lastWins?: ReadonlySet<string>
  readonly step?: (step: ArchiveStep) => void
  readonly archive?: Archive
  readonly around?: (live: SeriesStore) => SeriesStore
  readonly log?: Pick<Logger, 'error' | 'info'>
}

export async function openArchiveForTest(options: ArchiveSetupOptions = {}): Promise<ArchiveSetup> {
  const root = await mkdtemp(path.join(tmpdir(), 'archiving-'))
  const store = await openSqliteStore({ directory: root })
  const underTest = await openForTest()
  const live = options.around?.(underTest.store) ?? underTest.store
  const memory = openMemoryArchive()
  const archive = options.archive ?? memory.archive
  const nowMs = options.nowMs ?? START_MS + 400 * DAY_MS
  const clock = {
    nowMs: () => nowMs + (options.clock?.aheadMs ?? 0),
    monotonicMs: () => 0,
    after: () => () => undefined,
    reckoning: () => ({ machine: 'virtual', aheadMs: nowMs }),
  }
  const conflicts: Conflict[] = []
  const assemble = () => {
    const index = new ArchiveIndex(archive, clock, -1)
    const common = {
      live,
      index,
      readings: new ArchivedReadings(archive),
      notes: new DeviceNotes(store),
      fence: new Fence(),
      clock,
      lastWins: (_orgId: string, deviceId: string) => options.lastWins?.has(deviceId) ?? false,
    }
    const parts: ArchiverParts = {
      ...common,
      archive,
      onConflicts: async (found) => void conflicts.push(...found),
      log: options.log ?? silentLogger,
      ...(options.partRows === undefined ? {} : { partRows: options.partRows }),
      ...(options.step === undefined ? {} : { step: options.step }),
    }
    return { index, series: new ArchivedSeries(common), archiver: new Archiver(parts) }
  }
  let assembled = assemble()
  return {
    live,
    memory,
    store,
    conflicts,
    get index() {
      return assembled.index
    },
    get series() {
      return assembled.series
    },
    get archiver() {
      return assembled.archiver
    },
    run: (due) =>
      assembled.archiver.run({
        orgId: 'org-1',
        cutoffMs: () => startOfDay(nowMs - DAY_MS),
        latestCutoffMs: due?.cutoffMs === undefined ? startOfDay(nowMs - DAY_MS) : Infinity,
        isKept: () => false,
        mayGoOn: () => Promise.resolve(true),
        ...due,
      }),
    restart() {
      assembled = assemble()
    },
    async close() {
      await underTest.close()
      await store.close()
      await rm(root, { recursive: true })
    },
  }
}

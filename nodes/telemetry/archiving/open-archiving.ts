import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { DeviceClass } from '../../devices/device-class.ts'
import type { DeviceDirectory } from '../../devices/directory.ts'
import type { ArchiveDesk } from '../../platform/archive/desk.ts'
import type { Archive } from '../../platform/archive/port.ts'
import type { Clock } from '../../platform/clock.ts'
import { dailyAt, type Duty } from '../../platform/kit/jobs/duties.ts'
import type { Jobs } from '../../platform/kit/jobs/jobs.ts'
import type { Logger } from '../../platform/logger.ts'
import type { SeriesStore } from '../../platform/series/port.ts'
import type { Store } from '../../platform/store/port.ts'
import type { OrganizationRetention } from '../../identity/organization-retention.ts'
import { StoreDeadLetterBox } from '../dead-letter-box.ts'
import { conflictRejects } from '../dedupe/conflict-rejects.ts'
import type { Conflict } from '../dedupe/settle.ts'
import { cutoffMs, retentionDaysOf } from '../retention.ts'
import { ArchiveIndex } from './archive-index.ts'
import { ArchivedReadings } from './archived-readings.ts'
import { ArchivedSeries } from './archived-series.ts'
import { Archiver } from './archiver.ts'
import type { LastWins } from './corrections.ts'
import { DeviceNotes } from './device-notes.ts'
import { Fence } from './fence.ts'
import { openArchiveDesk } from './open-desk.ts'
import { Restorer } from './restorer.ts'
import { RetentionJob, retentionJobName } from './retention-job.ts'

/** Every night, when the day before is over everywhere. */
const nightly = dailyAt({ hour: 2, minute: 30 })
/** A new installation looks at what it was given, once its first start is over. */
const firstAfterMs = 60_000
/** What other processes have archived is seen within this time, and nothing is removed before twice as long. */
const sharedMaxAgeMs = 5000

const lettersAtOnce = 100

type Gauge = (name: string, help: string, read: () => number) => void

export interface ArchivingParts {
  readonly archive: Archive
  readonly jobs: Jobs
  readonly store: Store
  readonly live: SeriesStore
  /** Whether other processes use the same series. */
  readonly isShared: boolean
  /** Asked for only once retention runs. */
  readonly directory: () => Pick<DeviceDirectory, 'allClasses' | 'lookup'>
  readonly organizations: () => AsyncIterable<string>
  /** What the organization says of its own. */
  readonly retentionOf: (orgId: string) => Promise<OrganizationRetention | undefined>
  readonly metrics: { readonly gauge: Gauge }
  readonly clock: Clock
  readonly log: Logger
}

export interface Archiving {
  /** The series with what is archived of them. */
  readonly series: SeriesStore
  readonly desk: ArchiveDesk
  /** Takes part in the work. */
  start(): void
  /** Has every organization looked at, every night. */
  readonly duty: Duty
}

export function openArchiving(parts: ArchivingParts): Archiving {
  const { archive, clock, directory, isShared, jobs, live, organizations, store } = parts
  const log = parts.log.child({ part: 'archive' })
  const index = new ArchiveIndex(archive, clock, isShared ? sharedMaxAgeMs : Infinity)
  const readings = new ArchivedReadings(archive)
  const notes = new DeviceNotes(store)
  const fence = new Fence()
  const lastWins: LastWins = (orgId, deviceId) => {
    const record = directory().lookup(deviceId)
    return record?.orgId === orgId && record.deviceClass.onConflict === 'last'
  }
  const common = { live, index, readings, notes, fence, clock, lastWins }
  const deadLetters = new StoreDeadLetterBox(store, randomUUID)
  const onConflicts = async (conflicts: readonly Conflict[]): Promise<void> => {
    const rejects = conflictRejects(conflicts, crc32)
    for (let at = 0; at < rejects.length; at += lettersAtOnce)
      await deadLetters.put(rejects.slice(at, at + lettersAtOnce))
  }
  const settle = (): Promise<void> => new Promise((done) => void setTimeout(done, 2 * sharedMaxAgeMs).unref())
  const job = new RetentionJob({
    store,
    archiver: new Archiver({ ...common, archive, log, onConflicts, ...(isShared ? { settle } : {}) }),
    restorer: new Restorer({ store, live, index, readings, notes }),
    organizations,
    async cutoffs(orgId) {
      const retention = await parts.retentionOf(orgId)
      const nowMs = clock.nowMs()
      const registry = directory()
      const cutoffOf = (deviceClass?: DeviceClass): number =>
        cutoffMs(nowMs, retentionDaysOf(retention, deviceClass))
      return {
        cutoffMs: (deviceId) => {
          const record = registry.lookup(deviceId)
          return cutoffOf(record?.orgId === orgId ? record.deviceClass : undefined)
        },
        latestCutoffMs: [...registry.allClasses()].reduce(
          (latestMs, deviceClass) => Math.max(latestMs, cutoffOf(deviceClass)),
          cutoffOf(),
        ),
      }
    },
    clock,
    log,
    wake: () => jobs.wake(retentionJobName),
  })
  registerFigures(parts.metrics, job)
  return {
    series: new ArchivedSeries(common),
    desk: openArchiveDesk({ index, store, clock, job }),
    start: () => void jobs.start(job.definition),
    duty: {
      name: 'retention',
      nextMs: nightly,
      firstMs: (nowMs) => nowMs + firstAfterMs,
      run: () => job.makeAllDue(),
    },
  }
}

function registerFigures(metrics: ArchivingParts['metrics'], { figures }: RetentionJob): void {
  const each = [
    ['runs', 'fleetloom_archive_runs', 'Runs of retention that got through, since the start'],
    ['failures', 'fleetloom_archive_failures', 'Runs of retention that have failed, since the start'],
    ['readingsArchived', 'fleetloom_archive_readings', 'Readings moved to the archive, since the start'],
    ['bytesArchived', 'fleetloom_archive_bytes', 'Bytes written to the archive, since the start'],
    ['readingsRestored', 'fleetloom_archive_restored_readings', 'Readings brought back, since the start'],
  ] as const
  for (const [figure, name, help] of each) metrics.gauge(name, help, () => figures[figure])
}

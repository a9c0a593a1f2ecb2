import path from 'node:path'
import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import { organizationCollection } from '../nodes/identity/organization.ts'
import { ArchiveIndex } from '../nodes/telemetry/archiving/archive-index.ts'
import { ArchivedReadings } from '../nodes/telemetry/archiving/archived-readings.ts'
import { ArchivedSeries } from '../nodes/telemetry/archiving/archived-series.ts'
import { Archiver } from '../nodes/telemetry/archiving/archiver.ts'
import { type ArchiveDesk, openArchiveDesk } from '../nodes/platform/archive/desk.ts'
import { DeviceNotes } from '../nodes/telemetry/archiving/device-notes.ts'
import { Fence } from '../nodes/telemetry/archiving/fence.ts'
import { type ArchiveLocation, openArchive, parseArchiveUrl } from '../engines/archive/open.ts'
import { Restorer } from '../nodes/telemetry/archiving/restorer.ts'
import { RetentionJob, retentionJobName } from '../nodes/telemetry/archiving/retention-job.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import { dailyAt, type Duty } from '../nodes/platform/kit/jobs/duties.ts'
import type { Jobs } from '../nodes/platform/kit/jobs/jobs.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { SeriesStore } from '../nodes/platform/series/port.ts'
import { everyDocument } from '../nodes/platform/store/every-document.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import { cutoffMs, retentionDaysOf } from '../nodes/telemetry/retention.ts'
import type { Settings } from './env.ts'
import type { PlatformMetrics } from './metrics.ts'

/** Every night, when the day before is over everywhere. */
const nightly = dailyAt({ hour: 2, minute: 30 })
/** A new installation looks at what it was given, once its first start is over. */
const firstAfterMs = 60_000
/** What other processes have archived is seen within this time, and nothing is removed before twice as long. */
const sharedMaxAgeMs = 5000

export interface ArchivingParts {
  readonly settings: Pick<Settings, 'ARCHIVE_URL' | 'DATA_DIR'>
  readonly jobs: Jobs
  readonly store: Store
  readonly live: SeriesStore
  /** Whether other processes use the same series. */
  readonly isShared: boolean
  /** Asked for only once retention runs. */
  readonly directory: () => Pick<DeviceDirectory, 'lookup'>
  readonly metrics: Pick<PlatformMetrics, 'gauge'>
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
  close(): Promise<void>
}

export const archiveLocation = (settings: Pick<Settings, 'ARCHIVE_URL' | 'DATA_DIR'>): ArchiveLocation =>
  settings.ARCHIVE_URL === undefined
    ? { kind: 'file', directory: path.join(settings.DATA_DIR, 'archive') }
    : parseArchiveUrl(settings.ARCHIVE_URL)

export async function openArchiving(parts: ArchivingParts): Promise<Archiving> {
  const { clock, directory, isShared, jobs, live, settings, store } = parts
  const log = parts.log.child({ part: 'archive' })
  const archive = await openArchive(archiveLocation(settings), (error) =>
    log.warn({ err: error }, 'The archive cannot be reached; it will be tried when it is needed'),
  )
  const index = new ArchiveIndex(archive, clock, isShared ? sharedMaxAgeMs : Infinity)
  const readings = new ArchivedReadings(archive)
  const notes = new DeviceNotes(store)
  const fence = new Fence()
  const common = { live, index, readings, notes, fence, clock }
  const settle = (): Promise<void> => new Promise((done) => void setTimeout(done, 2 * sharedMaxAgeMs).unref())
  const organizations = store.platform(organizationCollection)
  const job = new RetentionJob({
    store,
    archiver: new Archiver({ ...common, archive, log, ...(isShared ? { settle } : {}) }),
    restorer: new Restorer({ store, live, index, readings, notes }),
    async *organizations() {
      for await (const { document } of everyDocument(organizations)) yield document.id
    },
    async cutoffs(orgId) {
      const retention = (await organizations.get(orgId))?.document.retention
      const nowMs = clock.nowMs()
      const registry = directory()
      return (deviceId) => {
        const record = registry.lookup(deviceId)
        const deviceClass = record?.orgId === orgId ? record.deviceClass : undefined
        return cutoffMs(nowMs, retentionDaysOf(retention, deviceClass))
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
    close: () => archive.close(),
  }
}

function registerFigures(metrics: Pick<PlatformMetrics, 'gauge'>, { figures }: RetentionJob): void {
  const each = [
    ['runs', 'fleetloom_archive_runs', 'Runs of retention that got through, since the start'],
    ['failures', 'fleetloom_archive_failures', 'Runs of retention that have failed, since the start'],
    ['readingsArchived', 'fleetloom_archive_readings', 'Readings moved to the archive, since the start'],
    ['bytesArchived', 'fleetloom_archive_bytes', 'Bytes written to the archive, since the start'],
    ['readingsRestored', 'fleetloom_archive_restored_readings', 'Readings brought back, since the start'],
  ] as const
  for (const [figure, name, help] of each) metrics.gauge(name, help, () => figures[figure])
}

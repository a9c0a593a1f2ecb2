import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { schedule } from 'node-cron'
import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import { organizationCollection } from '../nodes/identity/organization.ts'
import { ArchiveIndex } from '../nodes/platform/archive/archive-index.ts'
import { ArchivedReadings } from '../nodes/platform/archive/archived-readings.ts'
import { ArchivedSeries } from '../nodes/platform/archive/archived-series.ts'
import { Archiver } from '../nodes/platform/archive/archiver.ts'
import { type ArchiveDesk, openArchiveDesk } from '../nodes/platform/archive/desk.ts'
import { DeviceNotes } from '../nodes/platform/archive/device-notes.ts'
import { Fence } from '../nodes/platform/archive/fence.ts'
import { type ArchiveLocation, openArchive, parseArchiveUrl } from '../nodes/platform/archive/open.ts'
import { Restorer } from '../nodes/platform/archive/restorer.ts'
import { RetentionJob } from '../nodes/platform/archive/retention-job.ts'
import type { Clock } from '../nodes/platform/clock.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { SeriesStore } from '../nodes/platform/series/port.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import { cutoffMs, retentionDaysOf } from '../nodes/telemetry/retention.ts'
import type { Settings } from './env.ts'
import type { PlatformMetrics } from './metrics.ts'

/** Every night at 02:30 UTC, when the day before is over everywhere. */
const nightly = '30 2 * * *'
/** How soon another process notices that somebody asked for something. */
const lookEveryMs = 5000
/** A night that was slept through is made up for, once the start is over. */
const catchUpAfterMs = 60_000
const catchUpMs = 24 * 3_600_000
/** What other processes have archived is seen within this time, and nothing is removed before twice as long. */
const sharedMaxAgeMs = 5000

export interface ArchivingParts {
  readonly settings: Pick<Settings, 'ARCHIVE_URL' | 'DATA_DIR' | 'ROLES'>
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
  /** Begins with what is due; the result ends it, within seconds. */
  start(): () => Promise<void>
  close(): Promise<void>
}

export const archiveLocation = (settings: Pick<Settings, 'ARCHIVE_URL' | 'DATA_DIR'>): ArchiveLocation =>
  settings.ARCHIVE_URL === undefined
    ? { kind: 'file', directory: path.join(settings.DATA_DIR, 'archive') }
    : parseArchiveUrl(settings.ARCHIVE_URL)

export async function openArchiving(parts: ArchivingParts): Promise<Archiving> {
  const { clock, directory, isShared, live, settings, store } = parts
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
      let cursor: string | undefined
      do {
        const page = await organizations.find(
          {},
          { limit: 1000, ...(cursor === undefined ? {} : { cursor }) },
        )
        for (const { document } of page.items) yield document.id
        cursor = page.nextCursor
      } while (cursor !== undefined)
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
    owner: randomUUID(),
  })
  const works = settings.ROLES.includes('process')
  const work = (): void => {
    job.work().catch((error: unknown) => log.warn({ err: error }, 'retention failed, will be tried again'))
  }
  registerFigures(parts.metrics, job)
  return {
    series: new ArchivedSeries(common),
    desk: openArchiveDesk({
      index,
      store,
      clock,
      job,
      wake: () => (works ? void setImmediate(work) : undefined),
    }),
    start: () => (works ? startWorking(job, work, log) : () => Promise.resolve()),
    close: () => archive.close(),
  }
}

function startWorking(job: RetentionJob, work: () => void, log: Logger): () => Promise<void> {
  const makeDue = (untouchedMs: number): void => {
    job.makeAllDue(untouchedMs).then(work, (error: unknown) => {
      log.warn({ err: error }, 'retention failed, will be tried again')
    })
  }
  const task = schedule(nightly, () => makeDue(0), { timezone: 'UTC', noOverlap: true, name: 'retention' })
  const looking = setInterval(work, lookEveryMs).unref()
  const catchingUp = setTimeout(makeDue, catchUpAfterMs, catchUpMs).unref()
  return async () => {
    clearInterval(looking)
    clearTimeout(catchingUp)
    await task.destroy()
    await job.stop()
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

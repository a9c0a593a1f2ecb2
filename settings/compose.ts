import { mkdir } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import type { DeviceDirectory } from '../nodes/devices/directory.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { expressionFigures } from '../nodes/platform/expressions/figures.ts'
import { SharedExpressionPool } from '../nodes/platform/expressions/pool.ts'
import { DeliveryTracker } from '../nodes/platform/kit/delivery.ts'
import { type Outbox, openOutbox } from '../nodes/platform/kit/events/outbox.ts'
import { EventRelay } from '../nodes/platform/kit/events/relay.ts'
import { type Jobs, openJobs } from '../nodes/platform/kit/jobs/jobs.ts'
import { openTimers, type Timers } from '../nodes/platform/kit/jobs/timers.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import type { ArchiveDesk } from '../nodes/platform/archive/desk.ts'
import type { Archive } from '../nodes/platform/archive/port.ts'
import type { SeriesStore } from '../nodes/platform/series/port.ts'
import { maxLag } from '../nodes/telemetry/open-intake.ts'
import { type Archiving, openArchiving } from '../nodes/telemetry/archiving/open-archiving.ts'
import { organizationCollection, organizationIds } from '../nodes/identity/organization.ts'
import { openArchiveOf } from './archive.ts'
import { type Engines, openEngines } from './engines.ts'
import type { Settings } from './env.ts'
import { createMetrics } from '../engines/metrics/prometheus.ts'
import type { PlatformMetrics } from '../nodes/platform/metrics.ts'
import { type Latest, openLatest } from './open-latest.ts'

/** Messages that one append may bring, when many devices each have one on its way. */
const maxInFlight = 65_536

/** What domains stand on: engines open, and what the kit makes of them. */
export interface Foundation extends Omit<Engines, 'close' | 'series'>, Latest {
  /** What is archived included. */
  readonly series: SeriesStore
  readonly archive: ArchiveDesk
  readonly objects: Archive
  readonly jobs: Jobs
  readonly timers: Timers
  readonly relay: EventRelay
  readonly outbox: Outbox
  readonly retention: Pick<Archiving, 'start' | 'duty'>
  readonly metrics: PlatformMetrics
  readonly deliveries: DeliveryTracker
  readonly expressions: SharedExpressionPool
  close(): Promise<void>
}

/** @param directory asked for only once retention runs */
export async function openFoundation(
  settings: Settings,
  log: Logger,
  directory: () => Pick<DeviceDirectory, 'allClasses' | 'lookup'>,
): Promise<Foundation> {
  // What is in it is for nobody else on the machine; a folder that is there stays as it is.
  await mkdir(settings.DATA_DIR, { recursive: true, mode: 0o700 })
  const engines = await openEngines(
    settings,
    // As far as a consumer may lag and an append more, which is what all devices have in flight.
    { instance: randomUUID(), windowEntries: maxLag + maxInFlight },
    log,
  )
  const { bus, redis, store, stream } = engines
  const clock = systemClock
  const common = { store, clock, random: Math.random }
  const metrics = createMetrics()
  const jobs = openJobs({ ...common, bus, log: log.child({ part: 'jobs' }) })
  const archive = await openArchiveOf(settings, log.child({ part: 'archive' }))
  const organizations = store.platform(organizationCollection)
  const archiving = openArchiving({
    archive,
    jobs,
    store,
    live: engines.series,
    isShared: redis !== undefined,
    directory,
    organizations: () => organizationIds(store),
    retentionOf: async (orgId) => (await organizations.get(orgId))?.document.retention,
    metrics,
    clock,
    log,
  })
  const { series } = archiving
  const latest = await openLatest({ redis, series, clock, log })
  const relay = new EventRelay({ ...common, stream, log: log.child({ part: 'events' }) })
  metrics.gauge(
    'fleetloom_instances',
    'Instances that hear one another, this one included',
    () => bus.others().length + 1,
  )
  const expressions = new SharedExpressionPool({
    clock,
    random: Math.random,
    log: log.child({ part: 'expressions' }),
  })
  for (const figure of expressionFigures(expressions)) metrics.figure(figure)
  return {
    ...engines,
    ...latest,
    series,
    archive: archiving.desk,
    objects: archive,
    jobs,
    timers: openTimers({ jobs, store }),
    relay,
    outbox: openOutbox({ jobs, store, clock }),
    retention: archiving,
    metrics,
    deliveries: new DeliveryTracker(),
    expressions,
    async close() {
      expressions.close()
      await jobs.stop()
      await relay.stop()
      await engines.audit.relay.stop()
      await engines.close()
      await archive.close()
    },
  }
}

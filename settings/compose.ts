import { randomUUID } from 'node:crypto'
import type { StoreDeviceDirectory } from '../nodes/devices/directory.ts'
import { organizationCollection } from '../nodes/identity/organization.ts'
import { systemClock } from '../nodes/platform/clock.ts'
import { SharedExpressionPool } from '../nodes/platform/expressions/pool.ts'
import { DeliveryTracker } from '../nodes/platform/kit/delivery.ts'
import { type Outbox, openOutbox } from '../nodes/platform/kit/events/outbox.ts'
import { EventRelay } from '../nodes/platform/kit/events/relay.ts'
import { type Jobs, openJobs } from '../nodes/platform/kit/jobs/jobs.ts'
import { openTimers, type Timers } from '../nodes/platform/kit/jobs/timers.ts'
import type { Logger } from '../nodes/platform/logger.ts'
import { nodeSecrets } from '../nodes/platform/secrets.ts'
import type { ArchiveDesk } from '../nodes/platform/archive/desk.ts'
import type { SeriesStore } from '../nodes/platform/series/port.ts'
import { everyDocument } from '../nodes/platform/store/every-document.ts'
import type { Store } from '../nodes/platform/store/port.ts'
import { StoreDeadLetterBox } from '../nodes/telemetry/dead-letter-box.ts'
import { RemotePace } from '../nodes/telemetry/remote-pace.ts'
import { ingestionGroup } from '../nodes/telemetry/uplink/config.ts'
import { DeadLetterKeeper } from '../nodes/telemetry/dead-letter-keeper.ts'
import { limitsFor } from '../nodes/telemetry/dead-letter-limits.ts'
import { HttpIntake } from '../nodes/telemetry/http-intake.ts'
import { UplinkIntake } from '../nodes/telemetry/uplink-intake.ts'
import { type Archiving, openArchiving } from '../nodes/telemetry/archiving/open-archiving.ts'
import { openArchiveOf } from './archive.ts'
import type { Caches } from './caches.ts'
import { type Engines, openEngines } from './engines.ts'
import type { Settings } from './env.ts'
import { createMetrics, type PlatformMetrics } from './metrics.ts'
import { openCaches } from './open-caches.ts'

/** Acknowledgments wait for the flow beyond so many messages. */
const maxLag = 4096
/** The same where the flow is in another process: its lag is measured a few times a second, and it takes larger batches. */
const maxRemoteLag = 32_768
const measureEveryMs = 200
/** Messages that one append may bring, when many devices each have one on its way. */
const maxInFlight = 65_536
/** Above what a small batch takes through the flow, below what anybody notices. */
const maxHoldMs = 20
/** At a few hundred messages a second some five of them share what a batch costs; a reading is stored in 20 ms all the same. */
const lingerMs = 12

/** What the platform stands on, before anything serves: engines open, caches filled. */
export interface Foundation extends Omit<Engines, 'close' | 'series'>, Omit<Caches, 'close'> {
  /** What is archived included. */
  readonly series: SeriesStore
  readonly archive: ArchiveDesk
  readonly jobs: Jobs
  readonly timers: Timers
  readonly relay: EventRelay
  readonly outbox: Outbox
  readonly retention: Pick<Archiving, 'start' | 'duty'>
  readonly metrics: PlatformMetrics
  readonly deadLetters: StoreDeadLetterBox
  readonly sweepDeadLetters: () => Promise<void>
  readonly deliveries: DeliveryTracker
  readonly expressions: SharedExpressionPool
  readonly intake: UplinkIntake
  readonly httpIntake: HttpIntake
  /** Resolves when nothing that was accepted waits any more, whoever is behind. */
  settleIntake(): Promise<void>
  close(): Promise<void>
}

export async function openFoundation(settings: Settings, log: Logger): Promise<Foundation> {
  const opened = await openEngines(
    settings,
    // As far as a consumer may lag and an append more, which is what all devices have in flight.
    { instance: randomUUID(), windowEntries: maxLag + maxInFlight },
    log,
  )
  const metrics = createMetrics()
  const jobs = openJobs({
    store: opened.store,
    bus: opened.bus,
    clock: systemClock,
    random: Math.random,
    log: log.child({ part: 'jobs' }),
  })
  const archive = await openArchiveOf(settings, log.child({ part: 'archive' }))
  const organizations = opened.store.platform(organizationCollection)
  const archiving = openArchiving({
    archive,
    jobs,
    store: opened.store,
    live: opened.series,
    isShared: opened.redis !== undefined,
    directory: () => caches.directory,
    organizations: () => organizationIds(opened.store),
    retentionOf: async (orgId) => (await organizations.get(orgId))?.document.retention,
    metrics,
    clock: systemClock,
    log,
  })
  const engines: Engines = { ...opened, series: archiving.series }
  const caches = await openCaches(engines, log)
  const { store, stream } = engines
  const relay = new EventRelay({
    store,
    stream,
    clock: systemClock,
    random: Math.random,
    log: log.child({ part: 'events' }),
  })
  const isProcessing = settings.ROLES.includes('process')
  const intake = new UplinkIntake({
    stream,
    clock: systemClock,
    metrics,
    defer: (task) => void setImmediate(task),
    maxLag: isProcessing ? maxLag : maxRemoteLag,
    maxHoldMs,
    lingerMs,
  })
  const letGo = isProcessing ? () => undefined : paceFromAfar(engines, intake, log)
  const keeper = new DeadLetterKeeper({
    store,
    limits: limitsFor(settings.DEAD_LETTER_DAYS, settings.DEAD_LETTER_MB),
    clock: systemClock,
    log: log.child({ part: 'dead letters' }),
    ingest: metrics.ingest,
  })
  const expressions = new SharedExpressionPool({
    clock: systemClock,
    random: Math.random,
    log: log.child({ part: 'expressions' }),
    onOverrun: () => (metrics.ingest.expressionOverruns += 1),
  })
  metrics.gauge(
    'fleetloom_expressions_suspended',
    'Device classes and organizations whose expressions are suspended',
    () => expressions.suspended.length,
  )
  metrics.gauge(
    'fleetloom_expressions_waiting',
    'Device messages that wait for the expression of their class',
    () => expressions.waiting,
  )
  const settleIntake = (): Promise<void> => {
    letGo()
    return intake.whenIdle()
  }
  return {
    ...engines,
    ...caches,
    archive: archiving.desk,
    jobs,
    timers: openTimers({ jobs, store }),
    relay,
    outbox: openOutbox({ jobs, store, clock: systemClock }),
    retention: archiving,
    metrics,
    deadLetters: new StoreDeadLetterBox(store, randomUUID, (rejects) => keeper.noted(rejects)),
    sweepDeadLetters: () => keeper.sweep(organizationIds(store)),
    deliveries: new DeliveryTracker(),
    expressions,
    intake,
    httpIntake: new HttpIntake(intake),
    settleIntake,
    async close() {
      await settleIntake()
      expressions.close()
      await keeper.whenIdle()
      await jobs.stop()
      await relay.stop()
      await caches.close()
      await engines.close()
      await archive.close()
    },
  }
}

async function* organizationIds(store: Store): AsyncGenerator<string> {
  for await (const { document } of everyDocument(store.platform(organizationCollection), {}))
    yield document.id
}

/** The result ends it, and lets go of what waits. */
function paceFromAfar({ stream }: Engines, intake: UplinkIntake, log: Logger): () => void {
  const pace = new RemotePace({ stream, group: ingestionGroup, freeLag: maxRemoteLag })
  const endPacing = intake.pacedBy(pace)
  let isMeasuring = false
  const timer = setInterval(() => {
    if (isMeasuring) return
    isMeasuring = true
    pace
      .measure()
      // The stream tells of its trouble itself.
      .catch((error: unknown) => log.debug({ err: error }, 'the lag could not be measured'))
      .finally(() => (isMeasuring = false))
  }, measureEveryMs).unref()
  return () => {
    clearInterval(timer)
    endPacing()
    pace.letGo()
  }
}

/** A device's password as HTTP presents it, checked against the registry. */
export const verifyDevice =
  (directory: StoreDeviceDirectory) =>
  (deviceId: string, password: string): { readonly orgId: string } | undefined => {
    const record = directory.lookup(deviceId)
    return record?.device.isEnabled === true &&
      nodeSecrets.isDevicePassword(password, record.device.credential)
      ? { orgId: record.orgId }
      : undefined
  }

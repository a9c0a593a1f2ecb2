import type { ArchiveDesk } from './archive/desk.ts'
import type { Archive } from './archive/port.ts'
import type { Broker } from './broker/port.ts'
import type { Bus } from './bus/port.ts'
import type { Clock } from './clock.ts'
import type { ExpressionPool } from './expressions/pool.ts'
import type { Audit } from './kit/audit/open-audit.ts'
import type { DeliveryTracker } from './kit/delivery.ts'
import type { Outbox } from './kit/events/outbox.ts'
import type { EventRelay } from './kit/events/relay.ts'
import type { Jobs } from './kit/jobs/jobs.ts'
import type { Timers } from './kit/jobs/timers.ts'
import type { LatestValues } from './latest/port.ts'
import type { LiveChannel } from './live/port.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Pulse } from './pulse/port.ts'
import type { SeriesStore } from './series/port.ts'
import type { Secrets } from './secrets.ts'
import type { Store } from './store/port.ts'
import type { Stream } from './stream/port.ts'

/** Ports and services of the kit, for whatever names them among its needs; built once by the composition root. */
export interface Platform {
  readonly info: { readonly version: string; readonly publicUrl: string }
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly secrets: Secrets
  /** Audited: what operations change leaves an entry. */
  readonly store: Store
  readonly audit: Audit
  readonly stream: Stream
  readonly series: SeriesStore
  readonly archive: ArchiveDesk
  /** What is kept for good, by key. */
  readonly objects: Archive
  readonly latest: LatestValues
  readonly live: LiveChannel
  readonly bus: Bus
  /** Where other instances see which devices are connected here; undefined for a platform of one process. */
  readonly pulse: Pulse | undefined
  readonly expressions: ExpressionPool
  readonly deliveries: DeliveryTracker
  readonly jobs: Jobs
  readonly timers: Timers
  readonly relay: EventRelay
  readonly outbox: Outbox
  readonly broker: Broker
  /** Our own node types, which do not change a batch in place. */
  readonly nodeTypes: ReadonlySet<string>
}

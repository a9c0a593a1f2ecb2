import { z } from 'zod'
import { type Aggregate, type Handled, openAggregate } from '../platform/kit/decider/aggregate.ts'
import type { TimerKind } from '../platform/kit/jobs/timers.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, Filter, Page } from '../platform/store/port.ts'
import {
  type Actor,
  type Alert,
  alertCollection,
  type AlertDocument,
  isOpen,
  system,
  viewAlert,
} from './alert.ts'
import {
  type AlertCommand,
  alertDecider,
  type AlertEvent,
  type AlertRefusal,
  type NewAlert,
} from './alert-decider.ts'

export interface AlertQuery {
  readonly status?: Alert['status'] | undefined
  readonly deviceId?: string | undefined
  readonly ruleId?: string | undefined
  readonly severity?: Alert['severity'] | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

export type Outcome = Handled<Alert, AlertEvent, AlertRefusal>

/** Told of what happens to alerts here, once it is durable. */
export type AlertListener = (orgId: string, alert: Alert, events: readonly AlertEvent[]) => void

export type AlertParts = Pick<Platform, 'bus' | 'clock' | 'live' | 'relay' | 'store' | 'timers'>

/** The same for one firing, whoever works it out. */
export function alertIdOf({
  deviceId,
  firedAtMs,
  port,
  ruleId,
}: Pick<Alert, 'deviceId' | 'firedAtMs' | 'port' | 'ruleId'>): string {
  return `${firedAtMs.toString(36)}.${port ?? 'x'}.${ruleId}.${deviceId}`
}

const changedTopic = 'alerts'
const changedSchema = z.object({
  ruleId: z.string(),
  deviceId: z.string(),
  firedAtMs: z.number(),
  isOpen: z.boolean(),
})
/** That an alert was opened or ended. */
export type AlertChange = z.output<typeof changedSchema>

/** Alerts from firing to their end. */
export class Alerts {
  readonly #parts: AlertParts
  readonly #aggregate: Aggregate<Alert, AlertCommand, AlertEvent, AlertRefusal>
  readonly #listeners = new Set<AlertListener>()
  readonly #openListeners = new Set<(change: AlertChange) => void>()

  constructor(parts: AlertParts) {
    this.#parts = parts
    this.#aggregate = openAggregate({ ...parts, collection: alertCollection, decider: alertDecider })
  }

  /** Once, however often it is asked for; nothing while another of the rule, device and port is open. */
  async fire(
    orgId: string,
    alert: NewAlert,
    suppressedUntilMs: number | null = null,
  ): Promise<Alert | undefined> {
    const outcome = await this.handle(orgId, alert.id, { type: 'FireAlert', alert, suppressedUntilMs })
    if (outcome.kind !== 'done' || outcome.events.length === 0) return undefined
    if (suppressedUntilMs !== null) await this.#wakeAt(orgId, alert.id, suppressedUntilMs)
    return outcome.state
  }

  acknowledge(orgId: string, id: string, by: Actor, note: string | null = null): Promise<Outcome> {
    return this.handle(orgId, id, { type: 'AcknowledgeAlert', by, note })
  }

  /** @param atMs when it ended; now, where no reading says */
  resolve(
    orgId: string,
    id: string,
    {
      atMs,
      by = system,
      note = null,
    }: { readonly by?: Actor; readonly note?: string | null; readonly atMs?: number },
  ): Promise<Outcome> {
    return this.handle(orgId, id, { type: 'ResolveAlert', by, note, atMs: atMs ?? this.#parts.clock.nowMs() })
  }

  async silence(orgId: string, id: string, by: Actor, forMs: number): Promise<Outcome> {
    const untilMs = this.#parts.clock.nowMs() + forMs
    const outcome = await this.handle(orgId, id, { type: 'SilenceAlert', by, note: null, untilMs })
    if (outcome.kind === 'done') await this.#wakeAt(orgId, id, untilMs)
    return outcome
  }

  async handle(orgId: string, id: string, command: AlertCommand): Promise<Outcome> {
    const outcome = await this.#aggregate.handle(orgId, id, command)
    if (outcome.kind === 'done' && outcome.events.length > 0) this.#tell(orgId, outcome.state, outcome.events)
    return outcome
  }

  async get(orgId: string, id: string): Promise<Alert | undefined> {
    return (await this.#of(orgId).get(id))?.document
  }

  /** Newest first. @throws InvalidCursor */
  list(orgId: string, { cursor, limit, ...wanted }: AlertQuery): Promise<Page<AlertDocument>> {
    const asked = Object.entries(wanted).filter(([, value]) => value !== undefined)
    return this.#of(orgId).find(Object.fromEntries(asked), {
      sort: [{ path: 'firedAtMs', direction: 'descending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** The newest of a rule and device, over by now or not. */
  async newestOf(orgId: string, ruleId: string, deviceId: string): Promise<Alert | undefined> {
    const { items } = await this.#of(orgId).find(
      { ruleId, deviceId },
      { sort: [{ path: 'firedAtMs', direction: 'descending' }], limit: 1 },
    )
    return items[0]?.document
  }

  /** Ends what is open of a rule or a device that there is no more, or that is watched otherwise. */
  async resolveAll(orgId: string, filter: Filter, note: string): Promise<void> {
    for await (const { document } of everyDocument(this.#of(orgId), { ...filter, resolvedAtMs: null }))
      await this.resolve(orgId, document.id, { note })
  }

  /** Forgets what ended before. */
  sweep(orgId: string, beforeMs: number): Promise<number> {
    return this.#of(orgId).removeMany({ resolvedAtMs: { $gt: 0, $lt: beforeMs } })
  }

  /** The result ends it. */
  onChange(listener: AlertListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Told of alerts that open and end, on whatever instance. The result ends it. */
  onOpenOrEnd(listener: (change: AlertChange) => void): () => void {
    this.#openListeners.add(listener)
    const endHearing = this.#parts.bus.subscribe(changedTopic, (event) => {
      const change = changedSchema.safeParse(event)
      if (change.success) listener(change.data)
    })
    return () => {
      this.#openListeners.delete(listener)
      endHearing()
    }
  }

  /** Ends silences. */
  readonly silenceTimer: TimerKind<{ alertId: string }> = {
    kind: 'alert.silence',
    data: z.strictObject({ alertId: z.string() }),
    ring: async ({ data, orgId }) => {
      const outcome = await this.handle(orgId, data.alertId, { type: 'UnsilenceAlert' })
      // The clock went back while it rang: it is not over yet.
      return outcome.kind === 'done' ? (outcome.state.silencedUntilMs ?? undefined) : undefined
    },
  }

  /** Tells somebody else when nobody has taken care of it by then; setting it again moves it. @throws StoreUnavailable */
  escalateAt(orgId: string, alertId: string, dueAtMs: number, channels: string[]): Promise<void> {
    const data = { alertId, channels }
    return this.#parts.timers.set(this.escalationTimer, {
      orgId,
      id: `alert/${alertId}/escalate`,
      dueAtMs,
      data,
    })
  }

  readonly escalationTimer: TimerKind<{ alertId: string; channels: string[] }> = {
    kind: 'alert.escalate',
    data: z.strictObject({ alertId: z.string(), channels: z.array(z.string()) }),
    ring: async ({ data: { alertId, channels }, orgId }) => {
      const own = (await this.get(orgId, alertId))?.channels ?? []
      const note = 'nobody has acknowledged it in time'
      await this.handle(orgId, alertId, {
        type: 'EscalateAlert',
        note,
        channels: channels.length === 0 ? own : channels,
      })
      return undefined
    },
  }

  #wakeAt(orgId: string, alertId: string, dueAtMs: number): Promise<void> {
    return this.#parts.timers.set(this.silenceTimer, {
      orgId,
      id: `alert/${alertId}/silence`,
      dueAtMs,
      data: { alertId },
    })
  }

  #tell(orgId: string, alert: Alert, events: readonly AlertEvent[]): void {
    const { bus, live } = this.#parts
    if (live.isWatched(orgId, alert.deviceId, 'alert'))
      live.publish(orgId, { name: 'alert', ...viewAlert(alert) })
    for (const listener of this.#listeners) listener(orgId, alert, events)
    if (!events.some(({ type }) => type === 'AlertFired' || type === 'AlertResolved')) return
    const { deviceId, firedAtMs, ruleId } = alert
    const change: AlertChange = { ruleId, deviceId, firedAtMs, isOpen: isOpen(alert) }
    for (const listener of this.#openListeners) listener(change)
    // Missed, it is told as a gap, and then nobody trusts what he knows.
    void bus.publish(changedTopic, change).catch(() => undefined)
  }

  #of(orgId: string): Collection<AlertDocument> {
    return this.#parts.store.organization(orgId).collection(alertCollection)
  }
}

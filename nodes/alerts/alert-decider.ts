/**
 * The life of an alert: firing → acknowledged → resolved; suppressed while it is silenced. What has been done before is
 * nothing new, so that readings may be looked at again.
 */
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import { type Actor, type Alert, type AlertEntry, isOpen, system } from './alert.ts'

export type NewAlert = Pick<
  Alert,
  | 'id'
  | 'ruleId'
  | 'ruleName'
  | 'deviceId'
  | 'port'
  | 'severity'
  | 'firedAtMs'
  | 'value'
  | 'message'
  | 'channels'
>

interface ByWhom {
  readonly by: Actor
  readonly note: string | null
}

export type AlertCommand =
  /** `suppressedUntilMs`: it is known beforehand that nobody wants to hear of it. */
  | { readonly type: 'FireAlert'; readonly alert: NewAlert; readonly suppressedUntilMs: number | null }
  | ({ readonly type: 'AcknowledgeAlert' } & ByWhom)
  | ({ readonly type: 'ResolveAlert'; readonly atMs: number } & ByWhom)
  | ({ readonly type: 'SilenceAlert'; readonly untilMs: number } & ByWhom)
  /** When the silence is over. */
  | { readonly type: 'UnsilenceAlert' }
  | { readonly type: 'EscalateAlert'; readonly note: string; readonly channels: string[] }

// oxlint-disable-next-line typescript/consistent-type-definitions -- what becomes JSON is no interface
type Noted = { readonly by: Actor; readonly note: string | null }
export type AlertEvent =
  | {
      readonly type: 'AlertFired'
      readonly data: { readonly alert: NewAlert; readonly suppressedUntilMs: number | null }
    }
  | { readonly type: 'AlertAcknowledged'; readonly data: Noted }
  | { readonly type: 'AlertResolved'; readonly data: Noted & { readonly atMs: number } }
  | { readonly type: 'AlertSilenced'; readonly data: Noted & { readonly untilMs: number } }
  | { readonly type: 'AlertUnsilenced'; readonly data: null }
  | { readonly type: 'AlertEscalated'; readonly data: { readonly note: string; readonly channels: string[] } }

export type AlertRefusal = 'missing' | 'resolved'

const maxEntries = 200

export const openKeyOf = ({ deviceId, port, ruleId }: Pick<Alert, 'deviceId' | 'port' | 'ruleId'>): string =>
  `${ruleId}/${deviceId}/${port ?? ''}`

export const alertDecider: Decider<Alert, AlertCommand, AlertEvent, AlertRefusal> = {
  decide(state, command, nowMs) {
    if (command.type === 'FireAlert') {
      if (state !== undefined) return []
      return [
        {
          type: 'AlertFired',
          data: { alert: command.alert, suppressedUntilMs: command.suppressedUntilMs },
        },
      ]
    }
    if (state === undefined) return refused('missing')
    const isOver = !isOpen(state)
    if (command.type === 'ResolveAlert')
      return isOver ? [] : [{ type: 'AlertResolved', data: { ...notedOf(command), atMs: command.atMs } }]
    if (command.type === 'UnsilenceAlert') {
      const isPast = state.silencedUntilMs !== null && state.silencedUntilMs <= nowMs
      return isPast && !isOver ? [{ type: 'AlertUnsilenced', data: null }] : []
    }
    if (command.type === 'EscalateAlert') {
      const isWaiting = !isOver && state.acknowledgedAtMs === null && state.silencedUntilMs === null
      const { channels, note } = command
      return isWaiting ? [{ type: 'AlertEscalated', data: { note, channels } }] : []
    }
    if (isOver) return refused('resolved')
    if (command.type === 'AcknowledgeAlert')
      return state.acknowledgedAtMs === null ? [{ type: 'AlertAcknowledged', data: notedOf(command) }] : []
    return state.silencedUntilMs === command.untilMs
      ? []
      : [{ type: 'AlertSilenced', data: { ...notedOf(command), untilMs: command.untilMs } }]
  },

  evolve(state, event, atMs) {
    if (event.type === 'AlertFired') return fired(event.data, atMs)
    if (state === undefined) throw new Error(`${event.type} of an alert that never fired`)
    if (event.type === 'AlertEscalated')
      return noted(state, 'escalated', atMs, { by: system, note: event.data.note })
    if (event.type === 'AlertUnsilenced')
      return withStatus(noted(state, 'unsilenced', atMs, { by: system, note: null }), {
        silencedUntilMs: null,
      })
    if (event.type === 'AlertSilenced')
      return withStatus(noted(state, 'silenced', atMs, event.data), { silencedUntilMs: event.data.untilMs })
    if (event.type === 'AlertAcknowledged')
      return withStatus(noted(state, 'acknowledged', atMs, event.data), { acknowledgedAtMs: atMs })
    return withStatus(noted(state, 'resolved', atMs, event.data), {
      resolvedAtMs: event.data.atMs,
      silencedUntilMs: null,
      openKey: null,
    })
  },
}

function fired(
  { alert, suppressedUntilMs }: Extract<AlertEvent, { readonly type: 'AlertFired' }>['data'],
  atMs: number,
): Alert {
  return {
    ...alert,
    status: suppressedUntilMs === null ? 'firing' : 'suppressed',
    acknowledgedAtMs: null,
    resolvedAtMs: null,
    silencedUntilMs: suppressedUntilMs,
    openKey: openKeyOf(alert),
    entries: [{ atMs, type: 'fired', actor: system, note: null }],
  }
}

const notedOf = ({ by, note }: ByWhom): Noted => ({ by, note })

/** The first stays, and the newest. */
function noted(state: Alert, type: AlertEntry['type'], atMs: number, { by, note }: Noted): Alert {
  const [first, ...others] = state.entries
  const entry = { atMs, type, actor: by, note }
  return { ...state, entries: [...(first ? [first] : []), ...others.slice(-maxEntries), entry] }
}

function withStatus(state: Alert, changes: Partial<Alert>): Alert {
  const next = { ...state, ...changes }
  return { ...next, status: statusOf(next) }
}

function statusOf({ acknowledgedAtMs, resolvedAtMs, silencedUntilMs }: Alert): Alert['status'] {
  if (resolvedAtMs !== null) return 'resolved'
  if (silencedUntilMs !== null) return 'suppressed'
  return acknowledgedAtMs === null ? 'firing' : 'acknowledged'
}

/** The life of a replay: requested, started, ended. How far it is in between is no event, and is written down by its run. */
import type { Decider } from '../platform/kit/decider/decider.ts'
import { refused } from '../platform/kit/decider/decider.ts'
import { parseIsoTime, toIsoTime } from '../platform/kit/iso-time.ts'
import type { DueDocument } from '../platform/kit/jobs/job.ts'
import { isOpen, maxOpenReplays, type ReplayJob } from './replay-job.ts'

export interface ReplayRequest {
  readonly deviceId?: string | undefined
  readonly everyOrganization: boolean
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly fromOffset?: string | undefined
  readonly target: string
}

/** It ends at the latest with what was received before it was asked for: the rest goes through the flow anyway. */
function requested(id: string, orgId: string, wanted: ReplayRequest, nowMs: number): ReplayJob {
  const toMs = wanted.to === undefined ? nowMs : Math.min(parseIsoTime(wanted.to), nowMs)
  return {
    id,
    orgId,
    deviceId: wanted.deviceId ?? null,
    everyOrganization: wanted.everyOrganization,
    from: wanted.from === undefined ? null : toIsoTime(parseIsoTime(wanted.from)),
    to: toIsoTime(toMs),
    fromOffset: wanted.fromOffset ?? null,
    target: wanted.target,
    state: 'waiting',
    detail: null,
    requestedAt: toIsoTime(nowMs),
    startedAt: null,
    endedAt: null,
    messages: 0,
    upToOffset: null,
    upTo: null,
  }
}

export type ReplayCommand =
  | {
      readonly type: 'RequestReplay'
      readonly id: string
      readonly orgId: string
      readonly wanted: ReplayRequest
      /** Others of the organization that are not at their end. */
      readonly open: number
    }
  | { readonly type: 'StartReplay' }
  | { readonly type: 'CancelReplay' }
  | { readonly type: 'EndReplay'; readonly state: 'done' | 'failed'; readonly detail: string | null }

export type ReplayEvent =
  | { readonly type: 'ReplayRequested'; readonly data: ReplayJob }
  | { readonly type: 'ReplayStarted'; readonly data: null }
  | {
      readonly type: 'ReplayEnded'
      readonly data: { readonly state: 'done' | 'cancelled' | 'failed'; readonly detail: string | null }
    }

export type ReplayRefusal = 'missing' | 'exists' | 'from-not-before-to' | 'two-beginnings' | 'too-many'

/** What of its document is its state. */
export type ReplayState = ReplayJob & DueDocument

export const replayDecider: Decider<ReplayState, ReplayCommand, ReplayEvent, ReplayRefusal> = {
  decide(replay, command, nowMs) {
    if (command.type === 'RequestReplay') {
      const { id, open, orgId, wanted } = command
      const { from, fromOffset, to } = wanted
      if (replay !== undefined) return refused('exists')
      if (from !== undefined && fromOffset !== undefined) return refused('two-beginnings')
      if (from !== undefined && to !== undefined && parseIsoTime(from) >= parseIsoTime(to))
        return refused('from-not-before-to')
      if (open >= maxOpenReplays) return refused('too-many')
      return [{ type: 'ReplayRequested', data: requested(id, orgId, wanted, nowMs) }]
    }
    if (replay === undefined) return refused('missing')
    // Whatever comes after its end has come too late, and changes nothing.
    if (!isOpen(replay)) return []
    if (command.type === 'StartReplay')
      return replay.state === 'running' ? [] : [{ type: 'ReplayStarted', data: null }]
    const { detail, state } =
      command.type === 'EndReplay' ? command : ({ state: 'cancelled', detail: null } as const)
    return [{ type: 'ReplayEnded', data: { state, detail } }]
  },

  evolve(replay, event, atMs) {
    if (event.type === 'ReplayRequested') return { ...event.data, dueAtMs: atMs, failures: 0 }
    if (replay === undefined) throw new Error(`${event.type} of a replay that was never requested`)
    if (event.type === 'ReplayStarted') return { ...replay, state: 'running', startedAt: toIsoTime(atMs) }
    return { ...replay, ...event.data, endedAt: toIsoTime(atMs), dueAtMs: null }
  },
}

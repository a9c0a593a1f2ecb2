/**
 * The life of a command: pending → sent → acknowledged, failed (the device refused), timeout; cancelled or expired before.
 * An attempt is written down before it is made, so that a crash in between loses one and never makes one too many.
 */
import { z } from 'zod'
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import type { DueDocument } from '../platform/kit/jobs/job.ts'
import { type Command, type CommandStatus, isOpen } from './command.ts'

export type CommandState = Command & DueDocument

const answerSchema = z.object({
  commandId: z.string().min(1).max(128),
  status: z.enum(['ok', 'error']),
  error: z.string().max(2000).optional(),
})

/** What a device says to a command. */
export interface DeviceAnswer {
  readonly commandId: string
  readonly status: 'ok' | 'error'
  readonly error: string | null
  /** All that it said. */
  readonly response: Readonly<Record<string, z.core.util.JSONType>>
}

/** `{"commandId","status":"ok"|"error","error"?,"state"?,"ts"?}`, or undefined. */
export function parseAnswer(body: DeviceAnswer['response']): DeviceAnswer | undefined {
  const parsed = answerSchema.safeParse(body)
  if (!parsed.success) return undefined
  const { commandId, error = null, status } = parsed.data
  return { commandId, status, error, response: body }
}

type Answer = Pick<DeviceAnswer, 'error'> & { readonly response: Record<string, z.core.util.JSONType> }

export type NewCommand = Pick<
  Command,
  | 'id'
  | 'deviceId'
  | 'action'
  | 'value'
  | 'field'
  | 'source'
  | 'requestedBy'
  | 'whenOffline'
  | 'ackTimeoutMs'
  | 'maxAttempts'
  | 'backoffMs'
  | 'expiresAtMs'
  | 'order'
  | 'askedByNode'
  | 'bulkId'
  | 'wentAtOnceTo'
>

export type CommandCommand =
  | { readonly type: 'IssueCommand'; readonly command: NewCommand }
  /** By the job, when it is due and its turn. */
  | { readonly type: 'AttemptCommand' }
  | { readonly type: 'AnswerCommand'; readonly deviceId: string; readonly answer: DeviceAnswer }
  | { readonly type: 'CancelCommand'; readonly reason: string }

export type CommandEvent =
  | { readonly type: 'CommandIssued'; readonly data: NewCommand }
  | { readonly type: 'CommandSent'; readonly data: { readonly attempt: number } }
  | { readonly type: 'CommandAcknowledged'; readonly data: Answer }
  | { readonly type: 'CommandFailed'; readonly data: Answer }
  | { readonly type: 'CommandTimedOut'; readonly data: { readonly attempts: number } }
  | { readonly type: 'CommandExpired'; readonly data: null }
  | { readonly type: 'CommandCancelled'; readonly data: { readonly reason: string } }
  | { readonly type: 'CommandAnsweredLate'; readonly data: { readonly status: 'ok' | 'error' } }

export type CommandRefusal = 'missing' | 'exists' | 'over' | 'never-sent'

const maxLateAnswers = 20

export const commandDecider: Decider<CommandState, CommandCommand, CommandEvent, CommandRefusal> = {
  decide(state, command, nowMs) {
    if (command.type === 'IssueCommand')
      return state === undefined ? begun(command.command) : refused('exists')
    if (state === undefined) return refused('missing')
    if (command.type === 'AnswerCommand')
      return command.deviceId === state.deviceId ? answered(state, command.answer) : refused('missing')
    if (command.type === 'AttemptCommand') return attempted(state, nowMs)
    if (state.status === 'cancelled') return []
    return isOpen(state) ? [{ type: 'CommandCancelled', data: { reason: command.reason } }] : refused('over')
  },

  evolve(state, event, atMs) {
    if (event.type === 'CommandIssued') return issued(event.data, atMs)
    if (state === undefined) throw new Error(`${event.type} of a command that was never issued`)
    // oxlint-disable-next-line no-unsafe-type-assertion -- the data is of the event whose evolver is called
    return evolvers[event.type](state, event.data as never, atMs)
  },
}

type Evolvers = {
  readonly [T in Exclude<CommandEvent['type'], 'CommandIssued'>]: (
    state: CommandState,
    data: Extract<CommandEvent, { readonly type: T }>['data'],
    atMs: number,
  ) => CommandState
}
const evolvers: Evolvers = {
  CommandSent(state, _, atMs) {
    const attempts = [...withOutcome(state, 'no-answer'), { atMs, outcome: 'waiting' as const }]
    const pauseMs = attempts.length < state.maxAttempts ? state.backoffMs : 0
    const dueAtMs = atMs + state.ackTimeoutMs + pauseMs
    return { ...state, status: 'sent', attempts, sentAtMs: state.sentAtMs ?? atMs, dueAtMs, failures: 0 }
  },
  CommandAcknowledged: (state, { response }, atMs) => ({
    ...ended(state, 'acknowledged', atMs),
    attempts: withOutcome(state, 'acknowledged'),
    acknowledgedAtMs: atMs,
    deviceResponse: response,
  }),
  CommandFailed: (state, { error, response }, atMs) => ({
    ...ended(state, 'failed', atMs),
    attempts: withOutcome(state, 'refused'),
    errorMessage: error ?? 'the device refused it',
    deviceResponse: response,
  }),
  CommandTimedOut: (state, { attempts }, atMs) => ({
    ...ended(state, 'timeout', atMs),
    attempts: withOutcome(state, 'no-answer'),
    errorMessage: `no acknowledgment after ${attempts} attempts`,
  }),
  CommandExpired: (state, _, atMs) => ({
    ...ended(state, 'expired', atMs),
    errorMessage: 'the device was not online in time',
  }),
  CommandCancelled: (state, { reason }, atMs) => ({
    ...ended(state, 'cancelled', atMs),
    attempts: withOutcome(state, 'no-answer'),
    errorMessage: reason,
  }),
  CommandAnsweredLate: (state, { status }, atMs) => ({
    ...state,
    lateAcknowledgments: [...state.lateAcknowledgments, { atMs, status }],
  }),
}

function begun(command: NewCommand): readonly CommandEvent[] {
  const first: CommandEvent = { type: 'CommandIssued', data: command }
  return command.wentAtOnceTo === null ? [first] : [first, { type: 'CommandSent', data: { attempt: 1 } }]
}

function attempted(state: CommandState, nowMs: number): readonly CommandEvent[] {
  if (!isOpen(state)) return []
  if (state.status === 'pending') {
    return state.expiresAtMs !== null && nowMs >= state.expiresAtMs
      ? [{ type: 'CommandExpired', data: null }]
      : [{ type: 'CommandSent', data: { attempt: 1 } }]
  }
  // It waits for its answer: whoever asks again, after a takeover say, makes no attempt more.
  if (state.dueAtMs !== null && nowMs < state.dueAtMs) return []
  const made = state.attempts.length
  return made < state.maxAttempts
    ? [{ type: 'CommandSent', data: { attempt: made + 1 } }]
    : [{ type: 'CommandTimedOut', data: { attempts: made } }]
}

function answered(state: CommandState, answer: DeviceAnswer): ReturnType<typeof commandDecider.decide> {
  if (state.attempts.length === 0) return refused('never-sent')
  if (isOpen(state)) {
    const { error, response } = answer
    const type = answer.status === 'ok' ? 'CommandAcknowledged' : 'CommandFailed'
    return [{ type, data: { error, response: { ...response } } }]
  }
  // The same answer once more, as a device sends it that did not see ours.
  const outcome: CommandStatus = answer.status === 'ok' ? 'acknowledged' : 'failed'
  if (state.status === outcome || state.lateAcknowledgments.length >= maxLateAnswers) return []
  return [{ type: 'CommandAnsweredLate', data: { status: answer.status } }]
}

function issued(command: NewCommand, atMs: number): CommandState {
  return {
    ...command,
    status: 'pending',
    attempts: [],
    createdAtMs: atMs,
    sentAtMs: null,
    acknowledgedAtMs: null,
    endedAtMs: null,
    errorMessage: null,
    deviceResponse: null,
    lateAcknowledgments: [],
    dueAtMs: atMs,
    failures: 0,
  }
}

const ended = (state: CommandState, status: CommandStatus, atMs: number): CommandState => ({
  ...state,
  status,
  endedAtMs: atMs,
  dueAtMs: null,
  wentAtOnceTo: null,
})

/** The attempts, with what became of the one that waits. */
const withOutcome = (
  { attempts }: CommandState,
  outcome: Command['attempts'][number]['outcome'],
): Command['attempts'] =>
  attempts.map((attempt) => (attempt.outcome === 'waiting' ? { ...attempt, outcome } : attempt))

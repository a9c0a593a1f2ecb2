import { z } from 'zod'
import { isoTime, publish, type DeviceOutput, type Step } from './model.ts'

const commandSchema = z.object({
  commandId: z.string().min(1),
  action: z.string(),
  value: z.unknown().optional(),
})

export interface Command {
  readonly action: string
  readonly value?: unknown
}

interface Answer {
  readonly commandId: string
  readonly error?: string
}

/** What a device remembers of the commands it has answered, newest last. */
export type Answered = readonly Answer[]

export type Applied<S> =
  | { readonly kind: 'done'; readonly state: S; readonly outputs?: readonly DeviceOutput[] }
  | { readonly kind: 'refused'; readonly error: string }

const REMEMBERED = 64

/**
 * Answers one delivery of a command with exactly one acknowledgment. The platform sends a command again under the same
 * id when an acknowledgment was lost: the device then repeats its answer without acting twice.
 */
export function answerCommand<S extends { readonly answered: Answered }>(
  state: S,
  payload: string,
  nowMs: number,
  apply: (state: S, command: Command) => Applied<S>,
  report: (state: S) => Readonly<Record<string, unknown>>,
): Step<S> {
  const command = commandSchema.safeParse(parseJson(payload))
  if (!command.success) return [state, [{ kind: 'ignored', reason: z.prettifyError(command.error) }]]
  const { commandId } = command.data

  const earlier = state.answered.find((answer) => answer.commandId === commandId)
  if (earlier !== undefined) return [state, [acknowledgment(earlier, report(state), nowMs)]]

  const applied = apply(state, command.data)
  const next = applied.kind === 'done' ? applied.state : state
  const answer: Answer = applied.kind === 'done' ? { commandId } : { commandId, error: applied.error }
  const outputs = applied.kind === 'done' ? (applied.outputs ?? []) : []
  return [
    { ...next, answered: [...state.answered, answer].slice(-REMEMBERED) },
    [acknowledgment(answer, report(next), nowMs), ...outputs],
  ]
}

export function refused(error: string): { readonly kind: 'refused'; readonly error: string } {
  return { kind: 'refused', error }
}

function acknowledgment(
  { commandId, error }: Answer,
  state: Readonly<Record<string, unknown>>,
  nowMs: number,
): DeviceOutput {
  const outcome = error === undefined ? { status: 'ok', state } : { status: 'error', error }
  return publish('ack', { commandId, ...outcome, ts: isoTime(nowMs) })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

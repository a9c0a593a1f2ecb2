import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { given } from '../platform/kit/decider/given.fixture.ts'
import { isRefused } from '../platform/kit/decider/decider.ts'
import {
  type CommandCommand,
  commandDecider,
  type CommandEvent,
  type CommandState,
  type NewCommand,
  parseAnswer,
} from './command-decider.ts'

const setFan: NewCommand = {
  id: 'c1',
  deviceId: 'd1',
  action: 'setFanSpeed',
  value: 3,
  field: 'fanSpeed',
  source: 'api',
  requestedBy: 'ada',
  whenOffline: 'retry',
  ackTimeoutMs: 30_000,
  maxAttempts: 3,
  backoffMs: 0,
  expiresAtMs: null,
  order: 0,
  askedByNode: null,
  bulkId: null,
  wentAtOnceTo: null,
}
const issued: CommandEvent = { type: 'CommandIssued', data: setFan }
const sent = (attempt: number): CommandEvent => ({ type: 'CommandSent', data: { attempt } })
const ok = { commandId: 'c1', status: 'ok' } as const
const error = { commandId: 'c1', status: 'error', error: 'fan blocked' } as const
const answer = (body: typeof ok | typeof error): CommandCommand => {
  const parsed = parseAnswer(body)
  if (parsed === undefined) throw new Error('no answer')
  return { type: 'AnswerCommand', deviceId: 'd1', answer: parsed }
}
const acknowledged: CommandEvent = { type: 'CommandAcknowledged', data: { error: null, response: ok } }
const timedOut: CommandEvent = { type: 'CommandTimedOut', data: { attempts: 3 } }
const attempt: CommandCommand = { type: 'AttemptCommand' }
const atMs = (seconds: number): number => Date.UTC(2026, 0, 1) + seconds * 1000

describe('a command', () => {
  test('is sent when it is its turn, and waits as long as it says', () => {
    given(commandDecider, issued).when(attempt, atMs(1)).thenHappens(sent(1))
    given(commandDecider, issued)
      .when(attempt, atMs(1))
      .thenState({ status: 'sent', sentAtMs: atMs(1), dueAtMs: atMs(31) })
  })

  test('is sent as it is issued where nothing is on its way to the device', () => {
    const atOnce = { ...setFan, wentAtOnceTo: 'd1' }
    given(commandDecider)
      .when({ type: 'IssueCommand', command: atOnce }, atMs(0))
      .thenHappens({ type: 'CommandIssued', data: atOnce }, sent(1))
    given(commandDecider, { type: 'CommandIssued', data: atOnce }, sent(1))
      .when(answer(ok), atMs(1))
      .thenState({ status: 'acknowledged', wentAtOnceTo: null })
  })

  test('is not sent again before its time is over, whoever asks', () => {
    given(commandDecider, issued, sent(1)).when(attempt, atMs(30.9)).thenNothing()
  })

  test('is sent a second and a third time, and then no more', () => {
    given(commandDecider, issued, sent(1)).when(attempt, atMs(31)).thenHappens(sent(2))
    given(commandDecider, issued, sent(1), sent(2)).when(attempt, atMs(90)).thenHappens(sent(3))
    given(commandDecider, issued, sent(1), sent(2), sent(3)).when(attempt, atMs(90)).thenHappens(timedOut)
  })

  test('that nobody answered says so of each attempt', () => {
    given(commandDecider, issued, sent(1), sent(2), sent(3))
      .when(attempt, atMs(90))
      .thenState({
        status: 'timeout',
        dueAtMs: null,
        errorMessage: 'no acknowledgment after 3 attempts',
        attempts: [1, 2, 3].map((second) => ({ atMs: atMs(second), outcome: 'no-answer' })),
      })
  })

  test('is acknowledged once, and a repeat of the answer is nothing new', () => {
    given(commandDecider, issued, sent(1)).when(answer(ok)).thenHappens(acknowledged)
    given(commandDecider, issued, sent(1), acknowledged).when(answer(ok)).thenNothing()
  })

  test('that the device refuses has failed, with what it said', () => {
    given(commandDecider, issued, sent(1))
      .when(answer(error))
      .thenState({ status: 'failed', errorMessage: 'fan blocked', deviceResponse: error })
  })

  test('takes a late answer on its log, and its outcome stays', () => {
    given(commandDecider, issued, sent(1), sent(2), sent(3), timedOut)
      .when(answer(ok), atMs(95))
      .thenState({ status: 'timeout', lateAcknowledgments: [{ atMs: atMs(95), status: 'ok' }] })
  })

  test('that was never sent cannot be answered', () => {
    given(commandDecider, issued).when(answer(ok)).thenRefused('never-sent')
    given(commandDecider).when(answer(ok)).thenRefused('missing')
  })

  test('is cancelled while it is not over', () => {
    const cancel = { type: 'CancelCommand', reason: 'changed my mind' } as const
    const cancelled: CommandEvent = { type: 'CommandCancelled', data: { reason: 'changed my mind' } }
    given(commandDecider, issued).when(cancel).thenHappens(cancelled)
    given(commandDecider, issued, cancelled).when(cancel).thenNothing()
    given(commandDecider, issued, sent(1), acknowledged).when(cancel).thenRefused('over')
    given(commandDecider, issued, cancelled).when(attempt).thenNothing()
  })

  test('that waited for its device too long expires unsent', () => {
    const held: CommandEvent = { type: 'CommandIssued', data: { ...setFan, expiresAtMs: atMs(60) } }
    given(commandDecider, held).when(attempt, atMs(59)).thenHappens(sent(1))
    given(commandDecider, held).when(attempt, atMs(60)).thenHappens({ type: 'CommandExpired', data: null })
  })
})

test('whatever comes in whatever order, a command ends once, with no attempt too many', () => {
  const command = fc.oneof(
    fc.constant(attempt),
    fc.constant(answer(ok)),
    fc.constant(answer(error)),
    fc.constant<CommandCommand>({ type: 'CancelCommand', reason: 'x' }),
  )
  const step = fc.record({ command, afterMs: fc.integer({ min: 0, max: 60_000 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (steps, maxAttempts) => {
      let nowMs = 0
      const first: CommandEvent = { type: 'CommandIssued', data: { ...setFan, maxAttempts } }
      let state: CommandState = commandDecider.evolve(undefined, first, nowMs)
      const ends: string[] = []
      const attemptsAt: number[] = []
      for (const { afterMs, command: next } of steps) {
        nowMs += afterMs
        const decision = commandDecider.decide(state, next, nowMs)
        if (isRefused(decision)) continue
        for (const event of decision) {
          if (event.type === 'CommandSent') attemptsAt.push(nowMs)
          else if (event.type !== 'CommandAnsweredLate') ends.push(event.type)
          state = commandDecider.evolve(state, event, nowMs)
        }
        const isWaiting = state.attempts.some(({ outcome }) => outcome === 'waiting')
        expect(isWaiting).toBe(state.status === 'sent')
        expect(state.dueAtMs === null).toBe(ends.length > 0)
      }
      expect(ends.length).toBeLessThanOrEqual(1)
      expect(attemptsAt.length).toBeLessThanOrEqual(maxAttempts)
      const gaps = attemptsAt.slice(1).map((at, index) => at - (attemptsAt[index] ?? 0))
      expect(Math.min(Infinity, ...gaps)).toBeGreaterThanOrEqual(30_000)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  {},
  { commandId: 'c1' },
  { commandId: 7, status: 'ok' },
  { commandId: '', status: 'ok' },
  { commandId: 'c1', status: 'OK' },
])('%j is no answer', (body) => {
  expect(parseAnswer(body)).toBeUndefined()
})

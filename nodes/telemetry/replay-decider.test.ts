import { describe, expect, test } from 'vitest'
import { given } from '../platform/kit/decider/given.fixture.ts'
import { replayDecider, type ReplayCommand, type ReplayEvent, type ReplayRequest } from './replay-decider.ts'
import { maxOpenReplays, type ReplayJob } from './replay-job.ts'

const wanted: ReplayRequest = { everyOrganization: false, target: 'same' }
const request = (changes: Partial<ReplayRequest> = {}, open = 0): ReplayCommand => ({
  type: 'RequestReplay',
  id: 'r1',
  orgId: 'acme',
  wanted: { ...wanted, ...changes },
  open,
})
const job: ReplayJob = {
  id: 'r1',
  orgId: 'acme',
  deviceId: null,
  everyOrganization: false,
  from: null,
  to: '2026-01-01T00:00:00.000Z',
  fromOffset: null,
  target: 'same',
  state: 'waiting',
  detail: null,
  requestedAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  endedAt: null,
  messages: 0,
  upToOffset: null,
  upTo: null,
}
const requested: ReplayEvent = { type: 'ReplayRequested', data: job }
const started: ReplayEvent = { type: 'ReplayStarted', data: null }
const ended = (state: 'done' | 'cancelled' | 'failed', detail: string | null = null): ReplayEvent => ({
  type: 'ReplayEnded',
  data: { state, detail },
})
const replay = (...events: readonly ReplayEvent[]) => given(replayDecider, ...events)

describe('a replay that is requested', () => {
  test('goes over what was received until now, and is due', () => {
    replay().when(request()).thenHappens(requested)
    replay()
      .when(request())
      .thenState({ state: 'waiting', dueAtMs: Date.UTC(2026, 0, 1) })
  })

  test('ends with what was received before it was asked for, whatever end was asked for', () => {
    replay()
      .when(request({ to: '2030-01-01T00:00:00Z' }))
      .thenHappens(requested)
  })

  test.each([
    ['two-beginnings', request({ from: '2025-01-01T00:00:00Z', fromOffset: '5' })],
    ['from-not-before-to', request({ from: '2025-01-02T00:00:00Z', to: '2025-01-02T01:00:00+01:00' })],
    ['too-many', request({}, maxOpenReplays)],
  ] as const)('is refused: %s', (refusal, command) => {
    replay().when(command).thenRefused(refusal)
  })

  test('twice under one id is refused', () => {
    replay(requested).when(request()).thenRefused('exists')
  })
})

describe('a replay', () => {
  test('starts once, however often it is taken up', () => {
    replay(requested).when({ type: 'StartReplay' }).thenHappens(started)
    replay(requested, started).when({ type: 'StartReplay' }).thenNothing()
    replay(requested)
      .when({ type: 'StartReplay' })
      .thenState({ state: 'running', startedAt: '2026-01-01T00:00:01.000Z' })
  })

  test('that ends is not due any more', () => {
    const end: ReplayCommand = { type: 'EndReplay', state: 'failed', detail: 'no such offset' }
    replay(requested, started).when(end).thenHappens(ended('failed', 'no such offset'))
    replay(requested, started).when(end).thenState({
      state: 'failed',
      detail: 'no such offset',
      endedAt: '2026-01-01T00:00:02.000Z',
      dueAtMs: null,
    })
  })

  test('can be cancelled while it waits and while it runs', () => {
    replay(requested).when({ type: 'CancelReplay' }).thenHappens(ended('cancelled'))
    replay(requested, started).when({ type: 'CancelReplay' }).thenHappens(ended('cancelled'))
  })

  test.each(['StartReplay', 'CancelReplay'] as const)('that has ended takes no notice of %s', (type) => {
    for (const state of ['done', 'cancelled', 'failed'] as const)
      replay(requested, started, ended(state)).when({ type }).thenNothing()
  })

  test('that was cancelled is not done afterwards', () => {
    replay(requested, started, ended('cancelled'))
      .when({ type: 'EndReplay', state: 'done', detail: null })
      .thenNothing()
  })

  test('that there is none of cannot be started, cancelled or ended', () => {
    for (const type of ['StartReplay', 'CancelReplay'] as const)
      replay().when({ type }).thenRefused('missing')
    replay().when({ type: 'EndReplay', state: 'done', detail: null }).thenRefused('missing')
  })
})

test('an event of a replay that was never requested is our bug', () => {
  expect(() => replayDecider.evolve(undefined, started, 0)).toThrow('never requested')
})

import { expect, test } from 'vitest'
import type { Lock } from './lock.ts'
import { viewPodCodes } from './pod-codes.ts'

const nowMs = Date.UTC(2026, 2, 2, 10)
const hour = 3_600_000
const pod = { id: 'p1', accessMode: 'offline' } as const
const guest = { id: 'b1', startMs: nowMs, endMs: nowMs + hour }
const code = { bookingId: 'b1', n: 0, issuedIn: 1, fromMs: nowMs, untilMs: nowMs + hour }
const lock: Lock = {
  id: 'p1',
  mode: 'offline',
  epoch: 2,
  sinceMs: nowMs,
  codes: [code],
  revoked: [],
  held: { epoch: 2, atMs: nowMs },
  keyMark: 'k',
  rotatesAtMs: null,
}
const shown = (of: Lock | undefined, guests = [guest]) =>
  viewPodCodes(pod, of, guests, nowMs).items.map(({ bookingId, isHeld, status }) => [
    bookingId,
    status,
    isHeld,
  ])

test('a code is held once the pod has said so of the set that it is in', () => {
  expect(shown(undefined)).toEqual([['b1', 'live', false]])
  expect(shown({ ...lock, codes: [] })).toEqual([['b1', 'live', false]])
  expect(shown({ ...lock, held: { epoch: 1, atMs: nowMs } })).toEqual([['b1', 'live', false]])
  expect(shown(lock)).toEqual([['b1', 'live', true]])
})

test('of a booking that is over it is never out of sight while it may open the door', () => {
  expect(shown(lock, [])).toEqual([['b1', 'revoked', true]])
  const revoked = { ...code, revokedAtMs: nowMs, epoch: 3, goneAtMs: null }
  const next = { ...lock, epoch: 3, codes: [] }
  const { issuedIn: _, n: __, ...gone } = revoked
  expect(shown({ ...next, revoked: [gone] }, [])).toEqual([['b1', 'revoked', true]])
  expect(shown({ ...next, revoked: [{ ...gone, goneAtMs: nowMs }] }, [])).toEqual([['b1', 'revoked', false]])
})

import { expect, test } from 'vitest'
import type { BookingView, PodCodeView } from '../../../dashboards/kit/views.ts'
import { guestRows, keypadText, revokedRows, spanText } from './pod-rows.ts'

const at = (time: string): string => `2026-03-02T${time}:00.000Z`
const booking = (id: string, start: string, status: BookingView['status']): BookingView => ({
  id,
  podId: 'p',
  userId: 'ada',
  start: at(start),
  end: at(`${start.slice(0, 3)}30`),
  status,
  credits: 2,
  version: 3,
  createdAt: at('00:00'),
  reason: null,
  startedAt: null,
  endedAt: null,
})
const code = (bookingId: string, changes: Partial<PodCodeView> = {}): PodCodeView => ({
  bookingId,
  status: 'live',
  validFrom: at('08:55'),
  validUntil: at('09:30'),
  revokedAt: null,
  exposedUntil: at('09:30'),
  isHeld: true,
  ...changes,
})

test('times are those of the pod', () => {
  expect(spanText(at('09:00'), at('09:30'), 'Europe/Rome', 'en-GB')).toBe('Mon 2 Mar, 10:00–10:30')
})

test('bookings that still need the pod come in their order, with whether there is a code', () => {
  const bookings = [
    booking('later', '11:00', 'PENDING'),
    booking('over', '07:00', 'COMPLETED'),
    booking('now', '09:00', 'INPROGRESS'),
    booking('gone', '10:00', 'CANCELLED'),
  ]
  const revoked = code('later', { status: 'revoked', revokedAt: at('08:00') })
  const rows = guestRows(bookings, [code('now'), revoked], 'UTC')
  expect(rows.map(({ id, status, statusText }) => [id, status, statusText])).toEqual([
    ['now', 'INPROGRESS', 'in the pod'],
    ['later', 'PENDING', 'being paid'],
  ])
  expect(rows[0]?.code).toMatch(/8:55/)
  expect(rows[1]?.code).toBe('none yet')
})

test('a code that was taken back says until when it may open the door still', () => {
  const codes = [code('live'), code('back', { status: 'revoked', revokedAt: at('08:00') })]
  const before = revokedRows(codes, 'UTC', Date.parse(at('09:00')))
  expect(before.map(({ bookingId, isExposed }) => [bookingId, isExposed])).toEqual([['back', true]])
  expect(revokedRows(codes, 'UTC', Date.parse(at('09:30')))[0]?.isExposed).toBe(false)
})

test.each([
  [{ isLocked: false, lockedUntil: null, wrongCodes: 0 }, 'takes codes'],
  [{ isLocked: false, lockedUntil: null, wrongCodes: 1 }, 'takes codes · 1 wrong code counts'],
  [{ isLocked: false, lockedUntil: null, wrongCodes: 3 }, 'takes codes · 3 wrong codes count'],
  [{ isLocked: true, lockedUntil: null, wrongCodes: 5 }, 'locked'],
])('the keypad %j is %s', (keypad, text) => {
  expect(keypadText({ podId: 'p', ...keypad }, 'UTC')).toBe(text)
})

test('a lock-out says until when', () => {
  const keypad = { podId: 'p', isLocked: true, lockedUntil: at('09:15'), wrongCodes: 5 }
  expect(keypadText(keypad, 'UTC')).toMatch(/^locked until .*9:15/)
})

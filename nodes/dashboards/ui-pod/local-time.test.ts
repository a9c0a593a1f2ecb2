import { expect, test } from 'vitest'
import { instantIn, localIn } from './local-time.ts'

test.each([
  ['2026-03-02T09:00', 'Europe/Rome', '2026-03-02T08:00:00.000Z'],
  ['2026-07-02T09:00', 'America/Sao_Paulo', '2026-07-02T12:00:00.000Z'],
  // It comes twice.
  ['2026-10-25T02:30', 'Europe/Rome', '2026-10-25T00:30:00.000Z'],
])('%s in %s is %s, and back', (local, zone, instant) => {
  expect(instantIn(local, zone)).toBe(instant)
  expect(localIn(Date.parse(instant), zone)).toBe(local)
})

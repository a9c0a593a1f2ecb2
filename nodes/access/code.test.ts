import { expect, test } from 'vitest'
import { codeKeyOf, codeOf, concealCodes, hashCode } from './code.ts'

const key = codeKeyOf('a secret of the platform, long enough')
const route = { orgId: 'acme', key: 'p1', type: 'pods/p1/events' }
const conceal = (text: string): string => Buffer.from(concealCodes(key, route, Buffer.from(text))).toString()

test('a code has six digits, follows from the booking, and all are about as likely', () => {
  const codes = Array.from({ length: 20_000 }, (_, n) => codeOf(key, 'acme', `b${n}`, 0))
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true)
  expect(codeOf(key, 'acme', 'b1', 0)).toBe(codes[1])
  expect(codeOf(key, 'acme', 'b1', 1)).not.toBe(codes[1])
  const byFirst = Map.groupBy(codes, (code) => code[0])
  for (const each of byFirst.values()) expect(Math.abs(each.length - 2000)).toBeLessThan(250)
})

test('a code is another hash in another pod or organization, or under another key', () => {
  const hashes = [
    hashCode(key, 'acme', 'p1', '123456'),
    hashCode(key, 'acme', 'p2', '123456'),
    hashCode(key, 'other', 'p1', '123456'),
    hashCode(codeKeyOf('another secret of the platform, too'), 'acme', 'p1', '123456'),
  ]
  expect(new Set(hashes).size).toBe(4)
})

test.each([
  '{"event":"CODE_ENTERED","ts":"2026-03-01T12:00:00Z","code":"482913","eventId":"e1"}',
  '{"event":"CODE_ENTERED","code":482913}',
  '{"events":[{"event":"CODE_ENTERED","pin":"482913"}]}',
  '{"event":"CODE_ENTERED","code":"482913"',
  'code 482913',
])('of %s nothing can be read', (text) => {
  expect(conceal(text)).not.toContain('482913')
})

test('the hash of what was typed is what the code of the booking has, and the rest stays', () => {
  expect(JSON.parse(conceal('{"event":"CODE_ENTERED","code":"482913","eventId":"e1"}'))).toEqual({
    event: 'CODE_ENTERED',
    codeHash: hashCode(key, 'acme', 'p1', '482913'),
    eventId: 'e1',
  })
})

test('what holds no code stays as it came, to the byte', () => {
  const text = '{ "event": "OPEN_DOOR",  "bookingId": "b1" }'
  expect(conceal(text)).toBe(text)
  expect(conceal('{"decoded": 12345.50}')).toBe('{"decoded": 12345.50}')
})

import { expect, test } from 'vitest'
import { MessageExpiries } from './message-expiries.ts'

const published = (topic: string, payload = 'x') => ({ topic, payload, qos: 0 })
const hear = (expiries: MessageExpiries, topic: string, payload: string, expiresAtMs: number): void =>
  expiries.heard({ cmd: 'publish', dup: false, retain: false, topic, payload, qos: 0 }, expiresAtMs)

test('what is noted and never asked for is forgotten, the oldest first', () => {
  const expiries = new MessageExpiries()
  for (let n = 0; n < 300; n += 1) hear(expiries, `t/${n}`, 'x', n)
  expect(expiries.ofPublished(published('t/0'))).toBeUndefined()
  expect(expiries.ofPublished(published('t/299'))).toBe(299)
})

test('a megabyte of payloads is kept waiting, and one message however large', () => {
  const expiries = new MessageExpiries()
  const large = 'x'.repeat(700_000)
  hear(expiries, 'a', large, 1)
  hear(expiries, 'b', large, 2)
  expect(expiries.ofPublished(published('a', large))).toBeUndefined()
  expect(expiries.ofPublished(published('b', large))).toBe(2)
})

import { expect, test } from 'vitest'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { signedHeaders } from './sign-webhook.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = '{"type":"alert.firing"}'
const signed = (atMs = Date.now(), usedSecret = secret): Record<string, string> => ({
  ...signedHeaders({ secret: usedSecret, id: 'msg_1', atMs, body }),
})

test('whoever verifies by the convention’s own library takes it', () => {
  expect(new Webhook(secret).verify(body, signed())).toEqual({ type: 'alert.firing' })
})

test('what was changed, is of another key, or is old, is not taken', () => {
  const refused = (text: string, headers: Record<string, string>): void =>
    expect(() => new Webhook(secret).verify(text, headers)).toThrow(WebhookVerificationError)
  refused(`${body} `, signed())
  refused(body, { ...signed(), 'webhook-id': 'msg_2' })
  refused(body, signed(Date.now(), 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'))
  refused(body, signed(Date.now() - 301_000))
  refused(body, signed(Date.now() + 301_000))
})

test('a secret in other words is its own bytes, or base64 where it is that', () => {
  const plain = signed(Date.now(), 'a plain secret')
  expect(new Webhook('a plain secret', { format: 'raw' }).verify(body, plain)).toBeTruthy()
  expect(plain['webhook-signature']?.split(' ')).toHaveLength(1)
  const random = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
  expect(new Webhook(random).verify(body, signed(Date.now(), random))).toBeTruthy()
  expect(new Webhook(random, { format: 'raw' }).verify(body, signed(Date.now(), random))).toBeTruthy()
})

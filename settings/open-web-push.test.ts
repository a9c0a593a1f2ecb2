import { expect, test } from 'vitest'
import { readSettings } from './env.ts'
import { openWebPush } from './open-web-push.ts'

const settings = readSettings({})
const secret = 'a secret of thirty-two characters'

test('browsers subscribe with a key that follows from the secret: the same to all who have it', () => {
  const { publicKey } = openWebPush(settings, secret)
  expect(publicKey).toMatch(/^B[\w-]{86}$/)
  expect(openWebPush(settings, secret).publicKey).toBe(publicKey)
  expect(openWebPush(settings, `${secret}!`).publicKey).not.toBe(publicKey)
})

test('what it makes is signed with that key', () => {
  const { encode, publicKey } = openWebPush(settings, secret)
  const { publicKey: p256dh } = openWebPush(settings, 'of a browser, which has such a pair, too')
  const subscription = { endpoint: 'https://push.example/1', keys: { p256dh, auth: 'A'.repeat(22) } }
  expect(encode(subscription, '{}').headers['Authorization']).toContain(`k=${publicKey}`)
})

test('a pair that is set is taken', () => {
  const pair = { VAPID_PUBLIC_KEY: `B${'A'.repeat(86)}`, VAPID_PRIVATE_KEY: 'A'.repeat(43) }
  expect(openWebPush(readSettings(pair), secret).publicKey).toBe(pair.VAPID_PUBLIC_KEY)
  expect(() => readSettings({ VAPID_PUBLIC_KEY: pair.VAPID_PUBLIC_KEY })).toThrow('VAPID_PRIVATE_KEY')
})

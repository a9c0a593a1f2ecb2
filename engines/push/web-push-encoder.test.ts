import { createECDH, randomBytes } from 'node:crypto'
import webPush from 'web-push'
import { expect, test } from 'vitest'
import { webPushEncoder } from './web-push-encoder.ts'

test('a message is encrypted for the subscriber, and says who sends it', () => {
  const subscriber = createECDH('prime256v1')
  const keys = {
    p256dh: subscriber.generateKeys('base64url'),
    auth: randomBytes(16).toString('base64url'),
  }
  const encode = webPushEncoder({ subject: 'mailto:ops@plant.example', ...webPush.generateVAPIDKeys() })
  const { body, headers, url } = encode({ endpoint: 'https://push.example/1', keys }, '{"title":"hot"}')
  expect(url).toBe('https://push.example/1')
  expect(headers).toMatchObject({ 'Content-Encoding': 'aes128gcm', TTL: '86400' })
  expect(headers['Authorization']).toMatch(/^vapid t=[\w.-]+, k=[\w-]+$/)
  expect(Buffer.from(body).includes('hot')).toBe(false)
})

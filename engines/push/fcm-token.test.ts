import { generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { serviceAccountSchema } from '../../nodes/notifications/senders/service-account.ts'
import { fcmToken } from './fcm-token.ts'

test('a signed assertion is changed for a token, which is used until it is about to end', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const account = serviceAccountSchema.parse({
    project_id: 'plant',
    client_email: 'robot@plant.example',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  })
  const asked: string[] = []
  let nowMs = Date.now()
  const token = fcmToken(
    account,
    {
      send({ body }) {
        asked.push(String(body))
        return Promise.resolve({
          status: 200,
          headers: {},
          text: `{"access_token":"t${asked.length}","expires_in":3600}`,
        })
      },
    },
    () => nowMs,
  )
  expect([await token(), await token()]).toEqual(['t1', 't1'])
  const assertion = new URLSearchParams(asked[0]).get('assertion') ?? ''
  const { payload } = await jwtVerify(assertion, publicKey, {
    audience: 'https://oauth2.googleapis.com/token',
  })
  expect(payload).toMatchObject({ iss: 'robot@plant.example', scope: expect.stringContaining('messaging') })
  nowMs += 3_550_000
  expect(await token()).toBe('t2')
})

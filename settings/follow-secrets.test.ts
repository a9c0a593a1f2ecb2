import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../engines/store/testing/processes.ts'
import { startPayments } from '../sim/payments/server.ts'
import { readSettings, type Settings } from './env.ts'
import { type FollowedSecrets, followSecrets } from './follow-secrets.ts'
import { openNotifications } from './open-notifications.ts'
import { followPayments } from './open-payments.ts'
import { secretsOfSignIn } from './secrets-of-sign-in.ts'

const lookEveryMs = 10
type Said = (fields: object, message: string) => void
const log = { info: vi.fn<Said>(), warn: vi.fn<Said>() }
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let following: FollowedSecrets | undefined
beforeEach(async () => {
  folder = await temporaryDirectory()
  log.info.mockReset()
  log.warn.mockReset()
})
afterEach(async () => {
  following?.stop()
  await folder.remove()
})

const fileOf = (name: string): string => path.join(folder.path, name)

/** The setting in a file, beside the others. */
async function follow(
  name: string,
  value: string,
  others: Readonly<Record<string, string>> = {},
): Promise<{ readonly secrets: FollowedSecrets; readonly settings: Settings }> {
  await writeFile(fileOf(name), value)
  const environment = { ...others, [`${name}_FILE`]: fileOf(name) }
  const settings = readSettings(environment)
  following = followSecrets(settings, environment, log, lookEveryMs)
  return { secrets: following, settings }
}

/** Written again until it is seen: how the file was is noted only at the first look. */
const renew = (name: string, value: string, seen = log.info): Promise<void> =>
  vi.waitFor(
    async () => {
      await writeFile(fileOf(name), `${value}\n`)
      expect(seen).toHaveBeenCalled()
    },
    { timeout: 10_000, interval: 50 },
  )

const [first, second] = ['kT3v9Zr1XqLw8sBn5mYcJ0hUe7aGd2fP', 'Zq8LxW2vRt6YpN4sKd9FhJ3gBm7CcE1a']

test('who asks for it is told, others are not, and the log names it without its value', async () => {
  const { secrets } = await follow('MQTT_HOOK_SECRET', first)
  const [told, others] = [vi.fn<(renewed: object) => void>(), vi.fn<() => void>()]
  secrets.onRenewed(['MQTT_HOOK_SECRET', 'SMTP_URL'], told)
  secrets.onRenewed(['SMTP_URL'], others)
  await renew('MQTT_HOOK_SECRET', second)
  expect(secrets.now.MQTT_HOOK_SECRET).toBe(second)
  expect(told).toHaveBeenCalledExactlyOnceWith({ MQTT_HOOK_SECRET: second })
  expect(others).not.toHaveBeenCalled()
  expect(log.info).toHaveBeenCalledExactlyOnceWith(
    { settings: ['MQTT_HOOK_SECRET'] },
    'renewed secrets are in use',
  )
})

test('one that cannot be used changes nothing, and is told', async () => {
  const { secrets } = await follow('MQTT_HOOK_SECRET', first)
  await renew('MQTT_HOOK_SECRET', 'short', log.warn)
  expect(secrets.now.MQTT_HOOK_SECRET).toBe(first)
})

test('a weak secret for tokens is not taken', async () => {
  const { secrets, settings } = await follow('JWT_SECRET', first)
  const taken = vi.fn<(secret: string) => void>()
  secretsOfSignIn(settings, secrets).onJwtSecretRenewed?.(taken)
  await renew('JWT_SECRET', 'secret'.repeat(8), log.warn)
  expect(taken).not.toHaveBeenCalled()
  await renew('JWT_SECRET', second)
  await vi.waitFor(() => expect(taken).toHaveBeenCalledExactlyOnceWith(second))
})

test('a broker and an identity provider are met with the secret of now', async () => {
  const oidc = { OIDC_ISSUER: 'https://id.example', OIDC_CLIENT_ID: 'us', PUBLIC_URL: 'https://us.example' }
  const { secrets, settings } = await follow('OIDC_CLIENT_SECRET', first, oidc)
  const { provider } = secretsOfSignIn(settings, secrets)
  expect(provider?.clientSecret?.()).toBe(first)
  await renew('OIDC_CLIENT_SECRET', second)
  expect(provider?.clientSecret?.()).toBe(second)
})

test('mails go with the password of now', async () => {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    onAuth: ({ password }, _, callback) =>
      password === 'new' ? callback(null, { user: 'us' }) : callback(new Error('no')),
    onData: (stream, _, callback) => void stream.resume().on('end', () => callback()),
  })
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  const at = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const { secrets, settings } = await follow('SMTP_URL', `smtp://us:old@${at}`)
  const { mailer } = openNotifications(settings, secrets)
  const mail = { to: ['ada@plant.example'], subject: 'Hot', text: 'It is hot', id: 'msg_1' }
  await expect(mailer?.send(mail)).rejects.toThrow('Invalid login')
  await renew('SMTP_URL', `smtp://us:new@${at}`)
  expect(await mailer?.send(mail)).toContain('250')
  mailer?.close()
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

test('providers of SMS and payments are called with the secret of now', async () => {
  const sms = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_FROM: '+15550100' }
  const twilio = await follow('TWILIO_AUTH_TOKEN', first, sms)
  const notifications = openNotifications(twilio.settings, twilio.secrets)
  await renew('TWILIO_AUTH_TOKEN', second)
  expect(notifications.twilio?.authToken).toBe(second)
  twilio.secrets.stop()
  log.info.mockReset()

  await using sandbox = await startPayments({ port: 0, secret: second })
  const { secrets, settings } = await follow('PAYMENTS_SANDBOX_SECRET', first, {
    PAYMENTS_SANDBOX_URL: sandbox.url,
  })
  const providers = followPayments(settings, secrets, 'http://127.0.0.1:9')
  const wanted = {
    reference: 'p1',
    price: { amountMinor: 2000, currency: 'BRL' },
    description: '10 credits',
    returnUrl: 'http://127.0.0.1:9/app',
  }
  await expect(providers.get('sandbox')?.openCheckout(wanted)).rejects.toThrow('payment provider')
  await renew('PAYMENTS_SANDBOX_SECRET', second)
  expect(await providers.get('sandbox')?.openCheckout(wanted)).toMatchObject({ id: expect.any(String) })
})

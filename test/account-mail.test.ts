import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startReceivers } from '../sim/receivers/server.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const receivers = await startReceivers({ port: 0, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
afterAll(() => receivers[Symbol.asyncDispose]())

const password = 'tangerine-lamp-42'
const other = 'walnut-harbour-17'
const made = z.object({ user: z.object({ id: z.string() }), invitation: z.object({ token: z.string() }) })

describe('a mail about somebody’s own account', () => {
  const running = usePlatform({
    environment: { SMTP_URL: receivers.smtpUrl, PUBLIC_URL: 'https://fleet.example' },
  })
  const nobody = { as: 'anonymous' }
  const post = (path: string, body: object) =>
    running().api.call('POST', `/api/v1/auth/${path}`, { ...nobody, body })
  /** The token in the nth mail to an address, as its link has it. */
  const mailed = async (to: string, kind: string, nth = 1): Promise<{ token: string; text: string }> => {
    const text = await until(`mail ${nth} to ${to}`, async () => mailsTo(to)[nth - 1])
    const found = new RegExp(`https://fleet\\.example/login/${kind}#(\\S+)`).exec(text)
    return { token: decodeURIComponent(found?.[1] ?? ''), text }
  }
  const mailsTo = (to: string): readonly string[] =>
    receivers.received.filter((one) => one.to.includes(to)).map(({ text }) => unfolded(text))

  let api: ApiClient
  it('invites, with the token that whoever invited was shown', async () => {
    api = await createOrganization(running().api, 'mailed')
    const body = { email: 'ada@mailed.example', name: 'Ada', role: 'org-admin' }
    const { invitation } = await api.expect(made, 'POST', '/api/v1/users', { body })
    const { token } = await mailed('ada@mailed.example', 'invitation')
    expect(token).toBe(invitation.token)
    expect((await post('invitations/accept', { token, password })).status).toBeLessThan(300)
    expect((await post('login', { email: body.email, password })).status).toBe(200)
  }, 60_000)

  it('leads back in, in the language of whom it is to, and stands nowhere in clear', async () => {
    const ada = running().api.signedInAs('ada@mailed.example', password)
    const preferences = { channels: { info: [], warning: [], critical: [] }, language: 'pt' }
    const preferred = await ada.call('PUT', '/api/v1/me/notification-preferences', { body: preferences })
    expect(preferred.status).toBe(200)
    expect((await post('password/forgot', { email: 'ada@mailed.example' })).status).toBe(202)
    expect((await post('password/forgot', { email: 'nobody@mailed.example' })).status).toBe(202)
    const { text, token } = await mailed('ada@mailed.example', 'reset', 2)
    expect(text).toContain('Escolha uma nova aqui')
    expect((await post('password/reset', { token, password: other })).status).toBeLessThan(300)
    expect((await post('login', { email: 'ada@mailed.example', password: other })).status).toBe(200)
    expect((await post('password/reset', { token, password })).status).toBe(422)
    expect(mailsTo('nobody@mailed.example')).toEqual([])
    expect(running().log).not.toContain(token)
  }, 60_000)
})

/** As a reader sees it: lines of a quoted-printable body are put together again. */
const unfolded = (text: string): string =>
  text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** What HTTP receivers make of a request, each as its provider documents it. */
import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import type { PushSubscriber } from './push-subscriber.ts'
import type { Reading } from './received.ts'

export interface HttpMessage {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Standard Webhooks: the field's own library judges the signature and the time. */
export function readWebhook({ body, headers, path }: HttpMessage, secret: string): Reading {
  const text = body.toString()
  const message = { kind: 'webhook', to: path, id: headers['webhook-id'] ?? null, text } as const
  try {
    new Webhook(secret).verify(text, headers)
    return { ...message, answer: { status: 204 } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not verified'
    return { ...message, refusal: { status: 400, reason }, answer: { status: 204 } }
  }
}

/** https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource */
export function readSms({ body, headers }: HttpMessage): Reading {
  const form = new URLSearchParams(body.toString())
  const [to, from, text] = ['To', 'From', 'Body'].map((name) => form.get(name) ?? '')
  const message = { kind: 'sms', to: to ?? '', id: null, text: text ?? '' } as const
  const answer = {
    status: 201,
    body: { sid: `SM${randomUUID().replaceAll('-', '')}`, status: 'queued', to, from, body: text },
  }
  if (!(headers['authorization'] ?? '').startsWith('Basic '))
    return { ...message, answer, refusal: { status: 401, reason: 'Authenticate' } }
  return /^\+[1-9]\d{6,14}$/.test(to ?? '') && text !== ''
    ? { ...message, answer }
    : {
        ...message,
        answer,
        refusal: { status: 400, reason: "The 'To' number is not valid, or there is no text" },
      }
}

const fcmSchema = z.object({
  message: z.object({
    token: z.string().min(1),
    notification: z.object({ title: z.string(), body: z.string() }),
    data: z.record(z.string(), z.string()).default({}),
  }),
})

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send */
export function readFcm({ body, headers, path }: HttpMessage, accessToken: string): Reading {
  const parsed = fcmSchema.safeParse(jsonOf(body.toString()))
  const { data, notification, token = '' } = parsed.data?.message ?? {}
  const message = {
    kind: 'fcm',
    to: token,
    id: data?.['id'] ?? null,
    text: `${notification?.title ?? ''}\n${notification?.body ?? ''}`,
    answer: { status: 200, body: { name: `${path.slice(4, path.lastIndexOf(':'))}/${randomUUID()}` } },
    gone: {
      status: 404,
      body: { error: { code: 404, status: 'NOT_FOUND', details: [{ errorCode: 'UNREGISTERED' }] } },
    },
  } as const
  if (headers['authorization'] !== `Bearer ${accessToken}`)
    return { ...message, refusal: { status: 401, reason: 'UNAUTHENTICATED' } }
  return parsed.success ? message : { ...message, refusal: { status: 400, reason: 'INVALID_ARGUMENT' } }
}

const pushTextSchema = z.object({ id: z.string() })

/** RFC 8030 (the service), 8291 (what is in it), 8292 (who sends it). */
export function readWebPush({ body, headers, path }: HttpMessage, subscriber: PushSubscriber): Reading {
  const message = {
    kind: 'web-push',
    to: path,
    id: null,
    text: '',
    answer: { status: 201, headers: { location: `/message/${randomUUID()}` } },
  } as const
  const refuse = (status: number, reason: string): Reading => ({ ...message, refusal: { status, reason } })
  if (!/^vapid t=[\w.-]+, ?k=[\w-]+$/.test(headers['authorization'] ?? '')) return refuse(401, 'no VAPID')
  if (!/^\d+$/.test(headers['ttl'] ?? '')) return refuse(400, 'no TTL')
  if (headers['content-encoding'] !== 'aes128gcm') return refuse(415, 'not aes128gcm')
  try {
    const text = subscriber.decrypt(body)
    return { ...message, text, id: pushTextSchema.safeParse(jsonOf(text)).data?.id ?? null }
  } catch {
    return refuse(400, 'not encrypted for this subscriber')
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

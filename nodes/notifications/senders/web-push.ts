import type { Outgoing } from '../../platform/outgoing/port.ts'
import { pushKeysSchema } from '../push-keys.ts'
import { taken } from './answered.ts'
import { type Sender, Undeliverable } from './sender.ts'

/** A message as RFC 8291 encrypts it, with the proof of RFC 8292 of who sends it. */
export interface PushRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface PushSubscription {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** Makes the request; nothing is sent by it. */
export type PushEncoder = (subscription: PushSubscription, payload: string) => PushRequest

export const webPushSender =
  (outgoing: Outgoing, encode: PushEncoder | undefined): Sender<'web-push'> =>
  async ({ channel: { config }, id, notice: { text, title, type }, signal }) => {
    if (encode === undefined) throw new Undeliverable('Web Push is not set up: VAPID_PRIVATE_KEY')
    // There may be some from before they were refused.
    if (!pushKeysSchema.safeParse(config.subscription.keys).success)
      throw new Undeliverable('the keys of the browser are none', true)
    const request = encode(config.subscription, JSON.stringify({ id, type, title, text }))
    // 404 and 410: whoever subscribed has gone (RFC 8030, section 7.3).
    const { status } = await taken(
      outgoing,
      { ...request, method: 'POST', allowPrivateAddress: config.allowPrivateAddress ?? false, signal },
      (answer) => answer.status === 404 || answer.status === 410,
    )
    return `answered ${status}`
  }

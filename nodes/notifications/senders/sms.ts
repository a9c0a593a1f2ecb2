import type { Outgoing } from '../../platform/outgoing/port.ts'
import { taken } from './answered.ts'
import { type Sender, Undeliverable } from './sender.ts'

/** https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource */
export interface TwilioSettings {
  readonly accountSid: string
  readonly authToken: string
  readonly from: string
  /** `https://api.twilio.com`, or what stands in for it. */
  readonly url: string
  /** Only what the platform's own settings name. */
  readonly allowPrivateAddress: boolean
}

const maxTextLength = 320

export const smsSender =
  (outgoing: Outgoing, twilio: TwilioSettings | undefined): Sender<'sms'> =>
  async ({ channel: { config }, notice: { title }, signal }) => {
    if (twilio === undefined) throw new Undeliverable('no provider of SMS is set up: TWILIO_ACCOUNT_SID')
    const { accountSid, allowPrivateAddress, authToken, from, url } = twilio
    const body = new URLSearchParams({ To: config.to, From: from, Body: title.slice(0, maxTextLength) })
    const { status } = await taken(outgoing, {
      url: `${url}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`,
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: body.toString(),
      allowPrivateAddress,
      signal,
    })
    return `answered ${status}`
  }

import type { Outgoing } from '../../platform/outgoing/port.ts'
import { taken } from './answered.ts'
import { type Sender, Undeliverable } from './sender.ts'

/** https://firebase.google.com/docs/cloud-messaging/send/v1-api */
export interface FcmSettings {
  readonly projectId: string
  /** An OAuth 2.0 token of the service account, for the scope of messaging. */
  readonly accessToken: () => Promise<string>
  readonly url: string
  readonly allowPrivateAddress: boolean
}

export const fcmSender =
  (outgoing: Outgoing, fcm: FcmSettings | undefined): Sender<'fcm'> =>
  async ({ channel: { config }, id, notice: { text, title, type }, signal }) => {
    if (fcm === undefined) throw new Undeliverable('FCM is not set up: FCM_SERVICE_ACCOUNT')
    const message = { token: config.token, notification: { title, body: text }, data: { id, type } }
    const { status } = await taken(
      outgoing,
      {
        url: `${fcm.url}/v1/projects/${encodeURIComponent(fcm.projectId)}/messages:send`,
        method: 'POST',
        headers: {
          authorization: `Bearer ${await fcm.accessToken()}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ message }),
        allowPrivateAddress: fcm.allowPrivateAddress,
        signal,
      },
      // UNREGISTERED: the app was removed from there.
      (answer) => answer.status === 404 || answer.text.includes('UNREGISTERED'),
    )
    return `answered ${status}`
  }

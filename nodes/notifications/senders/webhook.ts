import type { Clock } from '../../platform/clock.ts'
import type { Outgoing } from '../../platform/outgoing/port.ts'
import { signedHeaders } from '../../platform/outgoing/sign-webhook.ts'
import { taken } from './answered.ts'
import type { Sender } from './sender.ts'

/** By the Standard Webhooks convention: signed anew for each try, with the same id and body. */
export const webhookSender =
  (outgoing: Outgoing, clock: Pick<Clock, 'nowMs'>): Sender<'webhook'> =>
  async ({ channel: { config }, id, notice: { data, timestamp, type }, signal }) => {
    const body = JSON.stringify({ type, timestamp, data })
    const { status } = await taken(outgoing, {
      url: config.url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Fleetloom',
        ...signedHeaders({ secret: config.secret, id, atMs: clock.nowMs(), body }),
      },
      body,
      allowPrivateAddress: config.allowPrivateAddress ?? false,
      signal,
    })
    return `answered ${status}`
  }

import webPush from 'web-push'
import type { PushEncoder } from '../../nodes/notifications/senders/web-push.ts'

export interface VapidSettings {
  /** `mailto:` or a URL, for whoever runs the push service. */
  readonly subject: string
  readonly publicKey: string
  readonly privateKey: string
}

/** How long a push service keeps what it can't deliver yet. */
const keptSeconds = 24 * 3600

export const webPushEncoder =
  (vapidDetails: VapidSettings): PushEncoder =>
  ({ endpoint, keys }, payload) => {
    const request = webPush.generateRequestDetails({ endpoint, keys }, payload, {
      vapidDetails,
      TTL: keptSeconds,
    })
    // oxlint-disable-next-line typescript/no-unnecessary-type-conversion -- TTL is a number, whatever its types say
    const texts = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
    const headers: Readonly<Record<string, string>> = Object.fromEntries(texts)
    return { url: request.endpoint, headers, body: request.body }
  }

import type { LiveChannel, LiveEvent } from '../../platform/live/port.ts'
import type { Sender } from './sender.ts'

/** Whoever watches the organization is told; who looks later finds the delivery. */
export const inAppSender =
  (live: Pick<LiveChannel, 'publish'>): Sender<'in-app'> =>
  ({ id, notice: { data, text, timestamp, title, type }, orgId }) => {
    const event: LiveEvent & Readonly<Record<string, unknown>> = {
      name: 'notification',
      id,
      type,
      timestamp,
      title,
      text,
      data,
    }
    live.publish(orgId, event)
    return Promise.resolve('shown')
  }

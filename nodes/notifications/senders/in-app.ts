import type { LiveChannel, LiveEvent } from '../../platform/live/port.ts'
import { isPersonal } from '../personal.ts'
import type { Sender } from './sender.ts'

/** Whoever watches the organization is told; who looks later finds the delivery. */
export const inAppSender =
  (live: Pick<LiveChannel, 'publish'>): Sender<'in-app'> =>
  ({ channel, id, notice: { data, text, timestamp, title, type }, orgId }) => {
    // Whoever watches the organization is not whom it is for: that one finds it among their notices.
    if (isPersonal(channel.key)) return Promise.resolve('kept')
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

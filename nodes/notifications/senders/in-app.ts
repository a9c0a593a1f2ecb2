import type { LiveChannel, LiveEvent } from '../../platform/live/port.ts'
import type { Inbox } from '../inbox.ts'
import { wayOfKey } from '../preferences.ts'
import type { Sender } from './sender.ts'

/** One person finds it in the inbox; of a channel whoever watches the organization is told, and who looks later finds the delivery. */
export const inAppSender =
  (live: Pick<LiveChannel, 'publish'>, inbox: Pick<Inbox, 'add'>): Sender<'in-app'> =>
  async ({ channel, id, kept, notice, orgId }) => {
    const { data, text, timestamp, title, type } = notice
    const event: LiveEvent & Readonly<Record<string, unknown>> = {
      name: 'notification',
      id,
      type,
      timestamp,
      title,
      text,
      data,
    }
    const userId = wayOfKey(channel.key)?.userId
    if (userId === undefined) live.publish(orgId, event)
    else if (await inbox.add(orgId, { id, userId, notice: kept })) live.publish(orgId, { ...event, userId })
    return 'shown'
  }

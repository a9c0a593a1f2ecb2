import { formatExact, formatMoment } from '../../../dashboards/kit/format.ts'
import type { NotificationView } from '../../../dashboards/kit/views.ts'

export interface NoticeRow extends Pick<NotificationView, 'id' | 'title' | 'text'> {
  readonly told: string
  readonly toldExact: string
  readonly isUnread: boolean
}

/** One notification, for a person. */
export function rowOf({ createdAt, id, readAt, text, title }: NotificationView, nowMs: number): NoticeRow {
  const toldMs = Date.parse(createdAt)
  return {
    id,
    title,
    text: furtherOf(title, text),
    told: formatMoment(toldMs, nowMs),
    toldExact: formatExact(toldMs),
    isUnread: readAt === null,
  }
}

/** What the text has beyond its title: that of an alert begins with the message that the title ends with. */
function furtherOf(title: string, text: string): string {
  const [first = '', ...others] = text.split('\n')
  return (first !== '' && title.endsWith(first.trim()) ? others.join('\n') : text).trim()
}

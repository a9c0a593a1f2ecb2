import { formatExact, formatMoment } from '../../../dashboards/kit/format.ts'
import { readable } from '../../../dashboards/kit/names.ts'
import type { DeliveryView } from '../../../dashboards/kit/views.ts'
import { noticeTypes } from '../../notifications/words.ts'
import { noticeNames, texts } from './texts.ts'

/** What was given up comes first to mind: those are the dead letters. */
export const statuses = [
  'failed',
  'pending',
  'delivered',
] as const satisfies readonly DeliveryView['status'][]

export interface DeliveryRow extends Pick<DeliveryView, 'channel' | 'id' | 'status'> {
  readonly what: string
  readonly made: string
  readonly madeExact: string
  readonly tries: string
  /** What came of the last try; empty before the first. */
  readonly outcome: string
  readonly attempts: readonly { readonly at: string; readonly outcome: string }[]
  readonly canRetry: boolean
}

const nameOf = (type: string): string => {
  const known = noticeTypes.find((each) => each === type)
  return known === undefined ? readable(type) : noticeNames[known]
}

/** One delivery, for a person. */
export function rowOf(
  { attempts, channel, createdAt, id, status, type }: DeliveryView,
  nowMs: number,
): DeliveryRow {
  const madeMs = Date.parse(createdAt)
  return {
    id,
    status,
    // A person is no channel of the organization's.
    channel: channel.startsWith('user:')
      ? texts.person(channel.slice(channel.lastIndexOf(':') + 1))
      : channel,
    what: nameOf(type),
    made: formatMoment(madeMs, nowMs),
    madeExact: formatExact(madeMs),
    tries: texts.tries(attempts.length),
    outcome: attempts.at(-1)?.outcome ?? '',
    attempts: attempts.map(({ at, outcome }) => ({ at: formatExact(Date.parse(at)), outcome })),
    canRetry: status !== 'delivered',
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry, ReadOptions } from '../../../nodes/platform/stream/port.ts'
import { positionOf } from './entry.ts'
import type { StreamLog } from './log.ts'
import type { LogReader, TimeRange } from './reader.ts'
import type { Retry } from './retry.ts'

const readEntries = 1000

/** What of the log is asked for, up to where it ends now, a turn of the event loop for each batch. */
export async function* replay(
  log: StreamLog,
  open: (range: TimeRange) => LogReader,
  options: ReadOptions,
  retry: Retry,
): AsyncGenerator<readonly Entry[]> {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, orgId, key } = options
  const asked = options.fromOffset === undefined ? 0 : positionOf(options.fromOffset)
  const reader = open({ fromMs, toMs })
  const until = log.next
  let position = await retry(() =>
    Math.max(asked, log.oldest(), Number.isFinite(fromMs) ? log.seek(fromMs) : 0),
  )
  while (position < until) {
    const from = position
    const { entries, to } = await retry(() => reader.take(from, until, readEntries))
    const wanted = entries.filter(
      ({ atMs, route }) =>
        atMs >= fromMs &&
        atMs < toMs &&
        (orgId === undefined || route.orgId === orgId) &&
        (key === undefined || route.key === key),
    )
    if (wanted.length > 0) yield wanted
    position = to
    await nextTurn()
  }
}

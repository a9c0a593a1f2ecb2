import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry, ReadOptions } from '../../../nodes/platform/stream/port.ts'
import { listOf, numberOf, textOf } from './answers.ts'
import type { Channel } from './channel.ts'
import { hashOf } from './names.ts'
import { numberOfOffset, numberOfRow, type Row } from './row.ts'
import { seekScript } from './scripts.ts'

const readEntries = 1000

/** What of the stream is asked for, up to where it ends now, a turn of the event loop for each batch. */
export async function* replay(channel: Channel, options: ReadOptions): AsyncGenerator<readonly Entry[]> {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, orgId, key } = options
  const fromNumber = options.fromOffset === undefined ? 0 : numberOfOffset(options.fromOffset)
  const { engine, keys, ends, retry } = channel
  const only = key === undefined ? '' : hashOf(key) % ends.length
  const time = Number.isFinite(fromMs) ? fromMs : ''
  const answer = await retry(() => engine.run(seekScript, [keys.meta], [keys.prefix, fromNumber, time, only]))
  const [last, found] = listOf(answer)
  const lastNumber = numberOf(last)
  const untils = ends.map(() => 0)
  const isInTime = (row: Row): boolean => row.maxMs >= fromMs && row.minMs < toMs && row.number <= lastNumber
  const merge = channel.merge(isInTime)
  for (const one of listOf(found)) {
    const [partition, end, row, first] = listOf(one)
    const number = numberOf(partition)
    untils[number] = numberOf(end)
    if (numberOfRow(textOf(row)) <= lastNumber) {
      merge.add(number, { index: numberOf(first), row: textOf(row) })
    }
  }
  for (;;) {
    const { entries, spans } = merge.take(readEntries)
    if (spans.size === 0) {
      if (!merge.needsFetch(untils)) return
      await retry(() => merge.fetch(untils))
      continue
    }
    const wanted = entries.filter(
      ({ number, atMs, route }) =>
        number >= fromNumber &&
        number <= lastNumber &&
        atMs >= fromMs &&
        atMs < toMs &&
        (orgId === undefined || route.orgId === orgId) &&
        (key === undefined || route.key === key),
    )
    if (wanted.length > 0) yield wanted
    await nextTurn()
  }
}

/** Reads a device's readings in order of time, each once, however often it was stored. */
import type { Document as Bson } from 'mongodb'

import { ofDevice } from './names.ts'
import { portOf, winsOver } from './rows.ts'
import type { Tables } from './tables.ts'
import { around, exactTime, isPlain } from './time.ts'

export interface Scan {
  readonly orgId: string
  readonly deviceId: string
  /** All ports when undefined. */
  readonly port: number | undefined
  readonly fromMs: number
  readonly toMs: number
  readonly descending?: boolean
  /** About how many are wanted, for the size of the first answer. */
  readonly batch?: number
  /** All fields when undefined. */
  readonly fields?: Readonly<Record<string, 1>>
}

const MAX_BATCH = 5_000

export interface Repeat {
  readonly kept: Bson
  readonly dropped: Bson
}

/**
 * By (time, port). The server sorts by time alone, which it does by index, bucket by bucket; the ports of one instant
 * are few enough to be sorted here.
 */
export async function* scan(
  { readings }: Tables,
  query: Scan,
  onRepeat: (repeat: Repeat) => void = () => undefined,
): AsyncGenerator<Bson> {
  const { orgId, deviceId, port, fromMs, toMs, descending = false, batch = MAX_BATCH, fields } = query
  if (!(fromMs < toMs)) return
  const direction = descending ? -1 : 1
  const cursor = readings
    .find({ ...ofDevice(orgId, deviceId, port), ...around(fromMs, toMs) })
    .sort(isPlain(fromMs, toMs) ? { ts: direction } : { ts: direction, t: direction })
    .batchSize(Math.min(batch, MAX_BATCH))
  if (fields !== undefined) cursor.project({ ...fields, ts: 1, t: 1, meta: 1, epoch: 1 })
  try {
    let instant = Number.NaN
    let together: Bson[] = []
    for await (const row of cursor) {
      const ms = exactTime(row)
      if (ms < fromMs || ms >= toMs) continue
      if (ms !== instant) {
        yield* ordered(together, descending, onRepeat)
        together = []
        instant = ms
      }
      together.push(row)
    }
    yield* ordered(together, descending, onRepeat)
  } finally {
    await cursor.close()
  }
}

function ordered(
  together: readonly Bson[],
  descending: boolean,
  onRepeat: (repeat: Repeat) => void,
): readonly Bson[] {
  if (together.length < 2) return together
  const byPort = new Map<number, Bson>()
  for (const row of together) {
    const port = portOf(row)
    const other = byPort.get(port)
    if (other !== undefined)
      onRepeat(winsOver(row, other) ? { kept: row, dropped: other } : { kept: other, dropped: row })
    if (other === undefined || winsOver(row, other)) byPort.set(port, row)
  }
  const sign = descending ? -1 : 1
  return [...byPort.values()].sort((a, b) => sign * (portOf(a) - portOf(b)))
}

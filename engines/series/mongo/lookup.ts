/** What is stored of many readings. */
import type { Document as Bson } from 'mongodb'

import type { ReadingKey } from '../../../nodes/platform/series/port.ts'
import { deviceKey, ofDevice } from './names.ts'
import { portOf, winsOver } from './rows.ts'
import type { Tables } from './tables.ts'
import { exactTime, FIRST_MS, LAST_MS, timeFields } from './time.ts'

/** Devices asked for at the same time. */
const PARALLEL = 10
/** Times in one question. */
const TIMES = 1_000

/** For each key the raw value that is stored; undefined where there is none. */
export async function lookUp(
  tables: Tables,
  keys: readonly ReadingKey[],
): Promise<readonly (number | undefined)[]> {
  const stored = new Map<string, Bson>()
  const questions = [
    ...Map.groupBy(keys, ({ orgId, deviceId }) => deviceKey(orgId, deviceId)).values(),
  ].flatMap((of) => inPieces(of, TIMES))
  const next = questions[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (const question of next) await ask(tables, question, stored)
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, questions.length) }, work))
  return keys.map((key) => {
    const row = stored.get(nameOf(key.orgId, key.deviceId, key.port, key.ts))
    return row === undefined ? undefined : Number(row['rawValue'])
  })
}

async function ask(
  { readings }: Tables,
  keys: readonly ReadingKey[],
  stored: Map<string, Bson>,
): Promise<void> {
  const [first] = keys
  if (first === undefined) return
  const { orgId, deviceId } = first
  const dates = [...new Set(keys.map(({ ts }) => timeFields(ts).ts.getTime()))].map((ms) => new Date(ms))
  const times = keys.map(({ ts }) => ts)
  const isBeyond = times.some((ts) => ts <= FIRST_MS || ts >= LAST_MS)
  const found = readings.find(
    // Beyond all dates a date stands for many times.
    {
      ...ofDevice(orgId, deviceId),
      ts: { $in: dates },
      ...(isBeyond ? { t: { $in: [null, ...times] } } : {}),
    },
    { projection: { _id: 0, ts: 1, t: 1, 'meta.port': 1, rawValue: 1, epoch: 1 } },
  )
  for await (const row of found) {
    const name = nameOf(orgId, deviceId, portOf(row), exactTime(row))
    const other = stored.get(name)
    if (other === undefined || winsOver(row, other)) stored.set(name, row)
  }
}

export function nameOf(orgId: string, deviceId: string, port: number, ts: number): string {
  return JSON.stringify([orgId, deviceId, port, ts])
}

function inPieces<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

/** Which of many readings are stored. */
import type { SeriesKey } from '../../../nodes/platform/series/port.ts'
import { deviceKey, ofDevice } from './names.ts'
import { portOf } from './rows.ts'
import type { Tables } from './tables.ts'
import { exactTime, FIRST_MS, LAST_MS, timeFields } from './time.ts'

export type ReadingKey = SeriesKey & { readonly ts: number }

/** Devices asked for at the same time. */
const PARALLEL = 10
/** Times in one question. */
const TIMES = 1_000

/** For each key whether it is stored. */
export async function lookUp(tables: Tables, keys: readonly ReadingKey[]): Promise<readonly boolean[]> {
  const stored = new Set<string>()
  const questions = [
    ...Map.groupBy(keys, ({ orgId, deviceId }) => deviceKey(orgId, deviceId)).values(),
  ].flatMap((of) => inPieces(of, TIMES))
  const next = questions[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (const question of next) await ask(tables, question, stored)
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, questions.length) }, work))
  return keys.map((key) => stored.has(nameOf(key.orgId, key.deviceId, key.port, key.ts)))
}

async function ask({ readings }: Tables, keys: readonly ReadingKey[], stored: Set<string>): Promise<void> {
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
    { projection: { _id: 0, ts: 1, t: 1, 'meta.port': 1 } },
  )
  for await (const row of found) stored.add(nameOf(orgId, deviceId, portOf(row), exactTime(row)))
}

export function nameOf(orgId: string, deviceId: string, port: number, ts: number): string {
  return JSON.stringify([orgId, deviceId, port, ts])
}

function inPieces<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

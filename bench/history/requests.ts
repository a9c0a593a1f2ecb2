import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { randomFrom } from '../../nodes/platform/series/contract/random.ts'
import type { ApiClient } from '../../test/harness/api-client.ts'
import type { Download, Downloaded } from './download.ts'
import { dayMs } from './readings.ts'

export interface Timed {
  readonly name: string
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Of the last answer. */
  readonly items: number
}

export interface Question {
  readonly name: string
  /** The path of a request; `random` picks port and place. */
  readonly path: (random: () => number) => string
}

interface Place {
  readonly deviceId: string
  readonly ports: number
  readonly days: number
  readonly endMs: number
}

/** The charts of a device page, and the figures beside them. */
export function questionsOf({ deviceId, ports, days, endMs }: Place): readonly Question[] {
  const iso = (ms: number): string => new Date(ms).toISOString()
  const path = (rest: (from: string, to: string) => string, spanDays: number) => (random: () => number) => {
    const spanMs = Math.min(spanDays, days) * dayMs
    const toMs = endMs - Math.floor(random() * (days * dayMs - spanMs))
    const port = 1 + Math.floor(random() * ports)
    return `/api/v1/devices/${deviceId}/${rest(iso(toMs - spanMs), iso(toMs))}&port=${port}`
  }
  const chart = (name: string, bucket: string, spanDays: number): Question => ({
    name: `${name} chart, ${bucket} buckets`,
    path: path((from, to) => `readings?bucket=${bucket}&limit=2000&from=${from}&to=${to}`, spanDays),
  })
  const statistics = (name: string, spanDays: number): Question => ({
    name: `${name} statistics`,
    path: path((from, to) => `statistics?from=${from}&to=${to}`, spanDays),
  })
  return [
    chart('day', '5m', 1),
    chart('day', '1m', 1),
    chart('month', '1h', 30),
    chart('year', '1d', 365),
    statistics('day', 1),
    statistics('month', 30),
    statistics('year', 365),
  ]
}

export async function ask(api: ApiClient, question: Question, rounds: number): Promise<Timed> {
  const random = randomFrom(7)
  const times: number[] = []
  let items = 0
  // Two that do not count: connection and code are warm in daily life.
  for (let i = -2; i < rounds; i++) {
    const path = question.path(random)
    const startedMs = performance.now()
    const { status, text, body } = await api.call('GET', path)
    if (i >= 0) times.push(performance.now() - startedMs)
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`)
    items = countOf(body)
  }
  const sorted = times.toSorted((a, b) => a - b)
  const at = (percent: number): number => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN
  return { name: question.name, p50Ms: at(50), p99Ms: at(99), maxMs: at(100), items }
}

function countOf(body: unknown): number {
  if (typeof body !== 'object' || body === null) return 0
  if ('items' in body && Array.isArray(body.items)) return body.items.length
  return 'count' in body && typeof body.count === 'number' ? body.count : 0
}

export interface Exported {
  readonly format: string
  readonly readings: number
  readonly bytes: number
  readonly seconds: number
}

/** Takes a whole export as fast as it comes. */
export async function exportAll(
  api: ApiClient,
  { deviceId, days, endMs }: Place,
  format: string,
): Promise<Exported> {
  const period = `from=${new Date(endMs - days * dayMs).toISOString()}&to=${new Date(endMs).toISOString()}`
  const download: Download = {
    url: `${api.url}/api/v1/devices/${deviceId}/readings/export?format=${format}&${period}`,
    headers: { authorization: `Bearer ${await api.token()}`, 'x-organization': api.organization ?? '' },
  }
  const worker = new Worker(new URL('./download.ts', import.meta.url), { workerData: download })
  const ended = Promise.withResolvers<Downloaded>()
  worker.once('message', ended.resolve)
  worker.once('error', ended.reject)
  const { status, bytes, lines, seconds } = await ended.promise
  if (status !== 200) throw new Error(`export: ${status}`)
  return { format, readings: format === 'csv' ? lines - 1 : lines, bytes, seconds }
}

/** How long others wait at most while `work` is done. */
export async function waitMeanwhile(api: ApiClient, work: () => Promise<unknown>): Promise<number> {
  const state = { isDone: false }
  const done = work().finally(() => {
    state.isDone = true
  })
  let longestMs = 0
  while (!state.isDone) {
    const startedMs = performance.now()
    // A connection of its own: one that was idle may be closed by the server just now.
    await (await fetch(`${api.url}/healthz`, { headers: { connection: 'close' } })).arrayBuffer()
    longestMs = Math.max(longestMs, performance.now() - startedMs)
    await delay(5)
  }
  await done
  return longestMs
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aRecord } from '../../devices/device.fixture.ts'
import { type Answer, type Call, callOperation } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { neverRun } from '../archiving/retention-job.ts'
import { Unavailable } from '../../platform/kit/unavailable.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import type { DeadLetter } from '../dead-letter.ts'
import { operation as deleteDeadLetter } from './delete-dead-letter.ts'
import { operation as deleteReplay } from './delete-replay.ts'
import { operation as exportReadings } from './export-readings.ts'
import { operation as getDeadLetter } from './get-dead-letter.ts'
import { operation as getLatest } from './get-latest.ts'
import { operation as getReplay } from './get-replay.ts'
import { operation as getRetention } from './get-retention.ts'
import { operation as getStatistics } from './get-statistics.ts'
import { operation as ingest } from './ingest.ts'
import { operation as listArchivedDays } from './list-archived-days.ts'
import { operation as listDeadLetters } from './list-dead-letters.ts'
import { operation as listReadings } from './list-readings.ts'
import { operation as purgeDeadLetters } from './purge-dead-letters.ts'
import { operation as replayDeadLetter } from './replay-dead-letter.ts'
import { operation as restoreArchive } from './restore-archive.ts'
import { operation as runRetention } from './run-retention.ts'

const nowMs = Date.UTC(2025, 8, 6, 12)
const now = '2025-09-06T12:00:00.000Z'
const topic = 'org/acme/device/d1/telemetry'
const day = (name: string): object => ({
  day: name,
  readings: 9,
  files: 1,
  bytes: 100,
  devices: 1,
  archivedAtMs: nowMs,
  holds: [],
})
const letter = (id: string, changes: Partial<DeadLetter> = {}): DeadLetter => ({
  id,
  deviceId: 'd1',
  topic,
  reason: 'not-json',
  detail: 'Unexpected end',
  payloadBase64: 'ew==',
  payloadBytes: 1,
  receivedAt: '2025-09-05T12:00:00.000Z',
  replayedAt: null,
  ...changes,
})

let folder: string
let store: Store
let replayed: unknown[]
let restored: unknown[]
let accepted: unknown[]
let taken: object
let isSeriesAway: boolean
let needed: object

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-telemetry-'))
  store = await openSqliteStore({ directory: folder })
  const letters = store.organization('acme').collection(deadLetterCollection)
  await letters.insert(letter('l1'))
  await letters.insert(letter('l2', { reason: 'poison', receivedAt: '2025-09-06T11:00:00.000Z' }))
  await letters.insert(letter('l3', { topic: 'somewhere/else', deviceId: 'd9' }))
  replayed = []
  restored = []
  accepted = []
  taken = { kind: 'durable' }
  isSeriesAway = false
  const point = { port: 2, ts: nowMs, rawValue: 5, calibratedValue: 11, quality: 'good', ingestTs: nowMs }
  const asked = <T>(answer: T): Promise<T> =>
    isSeriesAway ? Promise.reject(new Unavailable('away')) : Promise.resolve(answer)
  needed = {
    audit: { noteAct: () => Promise.resolve() },
    store,
    clock: { nowMs: () => nowMs },
    devices: { directory: { lookup: (id: string) => (id === 'd1' ? aRecord() : undefined) } },
    latest: { of: async () => [point, { ...point, port: 7 }] },
    series: {
      range: () => asked({ items: [point] }),
      buckets: () => asked({ items: [{ ts: nowMs, min: 1, max: 3, avg: 2, count: 2, last: 3 }] }),
      summary: () => asked({ count: 2, min: 1, max: 3, avg: 2, sum: 4, p50: 2, p95: 3 }),
    },
    telemetry: {
      intake: { replay: async (entries: readonly unknown[]) => void replayed.push(...entries) },
      httpIntake: {
        async accept(orgId: string, route: unknown, body: Uint8Array) {
          accepted.push([orgId, route, body.length])
          return taken
        },
      },
    },
    archive: {
      days: async () => [day('2025-09-03'), day('2025-09-02'), day('2025-09-01')],
      state: async () => neverRun,
      run: async (orgId: string) => void restored.push(['run', orgId]),
      async restore(_: string, wanted: { fromDay: string }) {
        restored.push(wanted)
        const hold = { id: wanted.fromDay, day: wanted.fromDay, state: 'requested', keepUntilMs: nowMs }
        return wanted.fromDay > '2025-09-03' ? [] : [hold]
      },
    },
  }
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const call = (operation: AnyOperation, parts: Call = {}): Promise<Answer> =>
  callOperation(operation, needed, parts)
const d1 = { id: 'd1' }
const remaining = async (): Promise<string[]> => {
  const page = await store.organization('acme').collection(deadLetterCollection).find()
  return page.items.map(({ document }) => document.id)
}

describe('operations of telemetry give what was asked for', () => {
  const buckets = { query: { bucket: '1h', port: '2' }, params: d1 }
  test.each<[string, AnyOperation, Call, unknown]>([
    [
      'the newest of each port, with its name',
      getLatest,
      { params: d1 },
      {
        items: [
          { port: 2, name: 'Current', unit: 'A', ts: now },
          { name: 'port 7', unit: '' },
        ],
      },
    ],
    ['readings', listReadings, { params: d1 }, { items: [{ ts: now, rawValue: 5, calibratedValue: 11 }] }],
    ['buckets', listReadings, buckets, { items: [{ ts: now, min: 1, max: 3, avg: 2, count: 2, last: 3 }] }],
    ['statistics', getStatistics, { params: d1, query: { port: '2' } }, { count: 2, p50: 2, p95: 3 }],
    ['a dead letter', getDeadLetter, { params: { id: 'l1' } }, letter('l1')],
    ['dead letters of a reason', listDeadLetters, { query: { reason: 'poison' } }, { items: [{ id: 'l2' }] }],
    [
      'archived days in a period, by pages',
      listArchivedDays,
      { query: { to: '2025-09-02', limit: '1' } },
      { items: [{ day: '2025-09-02', archivedAt: now }], nextCursor: '2025-09-02' },
    ],
    [
      'the page behind it',
      listArchivedDays,
      { query: { cursor: '2025-09-02' } },
      { items: [{ day: '2025-09-01' }] },
    ],
    ['how retention is doing', getRetention, {}, { endedAt: null, failures: 0 }],
  ])('%s', async (_name, operation, parts, body) => {
    expect(await call(operation, parts)).toMatchObject({ status: 200, body })
  })
})

describe('what is somebody else’s, or nobody’s, is not found', () => {
  test.each<[string, AnyOperation, Call]>([
    ['getLatest', getLatest, { params: d1 }],
    ['listReadings', listReadings, { params: d1 }],
    ['getStatistics', getStatistics, { params: d1, query: { port: '1' } }],
    ['getDeadLetter', getDeadLetter, { params: { id: 'l1' } }],
    ['deleteDeadLetter', deleteDeadLetter, { params: { id: 'l1' } }],
    ['replayDeadLetter', replayDeadLetter, { params: { id: 'l1' } }],
    ['getReplay', getReplay, { params: { id: 'r1' } }],
    ['deleteReplay', deleteReplay, { params: { id: 'r1' } }],
    ['ingest', ingest, { params: { device: 'd1' }, body: new Uint8Array(2) }],
    ['restoreArchive', restoreArchive, { body: { from: '2025-09-01', to: '2025-09-02', deviceId: 'd1' } }],
  ])('%s', async (_name, operation, parts) => {
    expect(await call(operation, { ...parts, orgId: 'other' })).toMatchObject({ status: 404 })
    expect([replayed, restored, accepted]).toEqual([[], [], []])
    expect(await remaining()).toEqual(['l1', 'l2', 'l3'])
  })
})

describe('what cannot be read is 400, what breaks a rule 422, what stands in the way 409', () => {
  const period = { from: '2025-09-02T00:00:00Z', to: '2025-09-01T00:00:00Z' }
  test.each<[string, AnyOperation, Call, number, string?]>([
    ['a time that is none', listReadings, { params: d1, query: { from: 'noon' } }, 400, 'query.from'],
    ['a period that ends first', listReadings, { params: d1, query: period }, 400, 'query.from'],
    ['buckets of no port', listReadings, { params: d1, query: { bucket: '1h' } }, 400, 'query.port'],
    [
      'buckets backwards',
      listReadings,
      { params: d1, query: { bucket: '1h', port: '1', order: 'descending' } },
      400,
      'query.order',
    ],
    [
      'days of a zone that is none',
      listReadings,
      { params: d1, query: { bucket: '1d', port: '1', timeZone: 'Mars/Base' } },
      400,
      'query.timeZone',
    ],
    [
      'readings of a zone',
      listReadings,
      { params: d1, query: { timeZone: 'Europe/Rome' } },
      400,
      'query.timeZone',
    ],
    [
      'a quality that is none',
      getStatistics,
      { params: d1, query: { port: '1', quality: 'good,fine' } },
      400,
      'query.quality',
    ],
    [
      'a misspelt parameter',
      listReadings,
      { params: d1, query: { timezone: 'Europe/Rome' } },
      400,
      'query.timezone',
    ],
    [
      'lines of JSON with a mark',
      exportReadings,
      { params: d1, query: { format: 'ndjson', bom: 'true' } },
      400,
      'query.bom',
    ],
    ['a cursor that is none', listReadings, { params: d1, query: { cursor: 'x' } }, 400, 'query.cursor'],
    ['statistics of no port', getStatistics, { params: d1 }, 400, 'query.port'],
    ['a reason that there is not', purgeDeadLetters, { query: { reason: 'whim' } }, 400, 'query.reason'],
    ['a filter that there is not', purgeDeadLetters, { query: { id: 'l1' } }, 400, 'query.id'],
    ['a letter of no device', replayDeadLetter, { params: { id: 'l3' } }, 409],
    [
      'a day that is none',
      restoreArchive,
      { body: { from: '2025-02-30', to: '2025-03-01' } },
      400,
      'body.from',
    ],
    ['days backwards', restoreArchive, { body: { from: '2025-09-02', to: '2025-09-01' } }, 422, 'body.from'],
    ['a body of 65 KB', ingest, { params: { device: 'd1' }, body: new Uint8Array(65_537) }, 413],
  ])('%s', async (_name, operation, parts, status, field) => {
    const answer = await call(operation, parts)
    expect(answer).toMatchObject({ status, ...(field && { body: { errors: [{ path: field }] } }) })
    expect([replayed, restored, accepted]).toEqual([[], [], []])
    expect(await remaining()).toEqual(['l1', 'l2', 'l3'])
  })

  test('more archived days than one request may bring back are refused', async () => {
    const many = Array.from({ length: 367 }, (_, n) =>
      day(new Date(n * 86_400_000).toISOString().slice(0, 10)),
    )
    needed = { ...needed, archive: { days: async () => many } }
    const answer = await call(restoreArchive, { body: { from: '1970-01-01', to: '1972-01-01' } })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'body.to' }] } })
  })

  test('an engine that is away is 503, to be tried again', async () => {
    isSeriesAway = true
    expect(await call(listReadings, { params: d1 })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    })
  })
})

describe('dead letters', () => {
  test.each<[Call['query'] & object, number, string[]]>([
    [{ reason: 'poison' }, 1, ['l1', 'l3']],
    [{ deviceId: 'd9' }, 1, ['l1', 'l2']],
    [{ before: '2025-09-06T13:00:00+02:00' }, 2, ['l2']],
    [{}, 3, []],
  ])('that fit %j are thrown away, and no others', async (query, removed, left) => {
    expect(await call(purgeDeadLetters, { query })).toMatchObject({ status: 200, body: { removed } })
    expect(await remaining()).toEqual(left)
  })

  test('one is thrown away, once', async () => {
    expect((await call(deleteDeadLetter, { params: { id: 'l1' } })).status).toBe(204)
    expect((await call(deleteDeadLetter, { params: { id: 'l1' } })).status).toBe(404)
  })

  test('one is sent again as of when it was received, and noted as such', async () => {
    const answer = await call(replayDeadLetter, { params: { id: 'l1' } })
    expect(answer).toMatchObject({ status: 202, body: { id: 'l1', replayedAt: now } })
    const atMs = Date.UTC(2025, 8, 5, 12)
    expect(replayed).toMatchObject([{ atMs, route: { key: 'd1', type: topic }, data: { 0: 0x7b } }])
    expect(await call(listDeadLetters, { query: { replayed: 'true' } })).toMatchObject({
      body: { items: [{ id: 'l1' }] },
    })
  })
})

describe('telemetry over HTTP', () => {
  const sent: Call = { params: { device: 'd1' }, body: new Uint8Array(2) }
  const device = { kind: 'device', deviceId: 'd2', orgId: 'acme', permissions: [] } as const

  test('is answered once it is durable', async () => {
    expect(await call(ingest, sent)).toMatchObject({ status: 202, body: { accepted: true } })
    expect(accepted).toMatchObject([['acme', { key: 'd1', type: topic }, 2]])
  })

  test('of one device does not come from another', async () => {
    expect((await call(ingest, { ...sent, principal: device })).status).toBe(404)
    expect(accepted).toEqual([])
  })

  test.each([
    ['organization', 429],
    ['platform', 503],
  ])('that is too much for the %s is to be sent later', async (who, status) => {
    taken = { kind: 'busy', who }
    expect(await call(ingest, sent)).toMatchObject({ status, headers: { 'retry-after': '1' } })
  })

  test('that the organization has no room for is to be sent once there may be some', async () => {
    taken = { kind: 'full' }
    expect(await call(ingest, sent)).toMatchObject({ status: 429, headers: { 'retry-after': '600' } })
  })
})

describe('the archive', () => {
  test('brings days back', async () => {
    const body = { from: '2025-09-01', to: '2025-09-02', keepDays: 3 }
    expect(await call(restoreArchive, { body })).toMatchObject({
      status: 202,
      body: { items: [{ day: '2025-09-01', state: 'requested', keepUntil: now }] },
    })
    expect(restored).toEqual([{ fromDay: '2025-09-01', toDay: '2025-09-02', keepDays: 3 }])
    const later = { from: '2025-09-04', to: '2025-09-05' }
    expect(await call(restoreArchive, { body: later })).toMatchObject({ status: 404 })
  })

  test('is filled when somebody asks for it', async () => {
    expect((await call(runRetention)).status).toBe(202)
    expect(restored).toEqual([['run', 'acme']])
  })
})

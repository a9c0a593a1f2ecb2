import { get } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bucketsOf, expectSame, summaryOf } from '../nodes/platform/series/contract/brute-force.ts'
import type { SeriesBucket, SeriesReading } from '../nodes/platform/series/port.ts'
import type { ApiClient } from './harness/api-client.ts'
import { fillSeries } from './harness/fill-series.ts'
import { createOrganization, readingSchema, readingsOf, registerDevice } from './harness/resources.ts'
import { untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
const days = 40
/** Nine o'clock; two days ago that was the end, so that what comes late is not too late to be taken. */
const end = Math.floor(Date.now() / dayMs) * dayMs - 2 * dayMs + 9 * 60 * minuteMs
const start = end - days * dayMs
const iso = (ms: number): string => new Date(ms).toISOString()

const bucketSchema = z
  .strictObject({
    ts: z.iso.datetime(),
    min: z.number(),
    max: z.number(),
    avg: z.number(),
    count: z.int(),
    last: z.number(),
  })
  .transform(({ ts, ...rest }): SeriesBucket => ({ ts: Date.parse(ts), ...rest }))
const statisticsSchema = z.object({
  count: z.int(),
  min: z.number(),
  max: z.number(),
  avg: z.number(),
  p50: z.number(),
  p95: z.number(),
})

/** Two ports, every two minutes of all days: 57,600 readings. */
function* everyTwoMinutes(orgId: string, deviceId: string): Generator<SeriesReading> {
  for (let ts = start; ts < end; ts += 2 * minuteMs) {
    for (const port of [1, 2]) {
      const rawValue = ((ts / minuteMs) * 7919 * port) % 1000
      yield {
        orgId,
        deviceId,
        port,
        ts,
        rawValue,
        calibratedValue: rawValue / 10,
        quality: 'good',
        ingestTs: ts + 500,
      }
    }
  }
}

describe('the history of a device', () => {
  const running = usePlatform()
  let api: ApiClient
  let all: readonly SeriesReading[]
  const path = '/api/v1/devices/purifier-1'
  const period = `from=${iso(start)}&to=${iso(end)}`

  beforeAll(async () => {
    const platform = running()
    api = await createOrganization(platform.api, 'history')
    await registerDevice(api, 'purifier-1', {
      ports: [
        { port: 1, name: '=cmd|calc', unit: '"%"' },
        { port: 2, name: 'CO₂, room', unit: 'ppm' },
      ],
    })
    all = [...everyTwoMinutes(api.organization ?? '', 'purifier-1')]
    await platform.kill('SIGTERM')
    await fillSeries(platform.dataDir, all)
    await platform.start()
  })

  it.each(['5m', '1h', '1d'] as const)('comes in buckets of %s, page by page', async (width) => {
    const expected = bucketsOf(
      all.filter(({ port }) => port === 1),
      width,
    )
    const query = `${period}&port=1&bucket=${width}&limit=5000`
    expectSame(await api.all(bucketSchema, `${path}/readings?${query}`), expected)
    expect(expected.length).toBeGreaterThan(40)
  })

  it('is summarized', async () => {
    expect.hasAssertions()
    const half = all.filter(({ port, ts }) => port === 2 && ts >= start && ts < start + 20 * dayMs)
    const query = `port=2&from=${iso(start)}&to=${iso(start + 20 * dayMs)}`
    expectSame([await api.get(statisticsSchema, `${path}/statistics?${query}`)], [summaryOf(half)])
  })

  it('is empty where nothing was measured', async () => {
    const nothing = { count: 0, min: null, max: null, avg: null, p50: null, p95: null }
    expect((await api.call('GET', `${path}/statistics?port=1`)).body).toEqual(nothing)
    expect((await api.call('GET', `${path}/readings?port=1&bucket=1d&to=${iso(start)}`)).body).toEqual({
      items: [],
    })
    expect((await api.call('GET', `${path}/readings/export`)).text.split('\r\n')).toEqual([
      'ts,port,name,unit,rawValue,calibratedValue,quality,ingestTs',
      '',
    ])
  })

  it.each([
    ['readings?bucket=1h', 'query.port'],
    ['readings?bucket=2h&port=1', 'query.bucket'],
    ['readings?bucket=1h&port=1&order=descending', 'query.order'],
    ['readings?bucket=1h&port=1&limit=10001', 'query.limit'],
    ['readings?bucket=1h&port=1&limit=0', 'query.limit'],
    ['readings?bucket=1h&port=1&cursor=x', 'query.cursor'],
    ['readings?port=1&cursor=1:1', 'query.cursor'],
    ['readings?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', 'query.from'],
    ['readings?from=yesterday', 'query.from'],
    ['statistics', 'query.port'],
    ['statistics?port=1&to=2025-13-01T00:00:00Z', 'query.to'],
    ['statistics?port=1&from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', 'query.from'],
    ['readings/export?format=xlsx', 'query.format'],
    ['readings/export?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', 'query.from'],
  ])('refuses %s, naming %s', async (query, field) => {
    const { status, body } = await api.call('GET', `${path}/${query}`)
    expect([status, body]).toMatchObject([400, { errors: [{ path: field }] }])
  })

  it('takes a cursor for the query it came from alone', async () => {
    const pageSchema = z.looseObject({ nextCursor: z.string() })
    const query = `readings?${period}&port=1`
    const { nextCursor } = await api.get(pageSchema, `${path}/${query}&bucket=1h&limit=3`)
    const cursor = encodeURIComponent(nextCursor)
    for (const other of [
      query,
      `${query}&bucket=1d`,
      `readings?${period}&port=2&bucket=1h`,
      'readings?port=1&bucket=1h',
    ]) {
      const { status, body } = await api.call('GET', `${path}/${other}&cursor=${cursor}`)
      expect([other, status, body]).toMatchObject([other, 400, { errors: [{ path: 'query.cursor' }] }])
    }
    const next = await api.call('GET', `${path}/${query}&bucket=1h&limit=1&cursor=${cursor}`)
    expect(next.body).toMatchObject({ items: [{ ts: iso(start + 3 * 60 * minuteMs) }] })
  })

  it('is exported as CSV that a spreadsheet takes for data', async () => {
    const { status, headers, text } = await api.call('GET', `${path}/readings/export?${period}`)
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'attachment; filename="purifier-1.csv"',
    ])
    const rows = text.split('\r\n')
    expect(rows[0]).toBe('ts,port,name,unit,rawValue,calibratedValue,quality,ingestTs')
    expect(rows.slice(1, 3)).toEqual(
      all.slice(0, 2).map(({ ts, port, rawValue, calibratedValue }) => {
        const name = port === 1 ? `"'=cmd|calc","""%"""` : '"CO₂, room",ppm'
        return `${iso(ts)},${port},${name},${rawValue},${calibratedValue},good,${iso(ts + 500)}`
      }),
    )
    expect(rows).toHaveLength(all.length + 2)
  })

  it('is exported as one object a line, the same that the list shows', async () => {
    const query = `${period}&port=2&format=ndjson`
    const { headers, text } = await api.call('GET', `${path}/readings/export?${query}`)
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    const lines = text.trimEnd().split('\n')
    const listed = await readingsOf(api, 'purifier-1', `&port=2&${period}`)
    expect(lines.map((line) => readingSchema.parse(JSON.parse(line)))).toEqual(listed)
    expect(listed).toHaveLength(all.length / 2)
  })

  it('goes on being served, without a complaint, when those who export go away', async () => {
    const platform = running()
    const headers = { authorization: `Bearer ${await api.token()}`, 'x-organization': api.organization ?? '' }
    for (let i = 0; i < 20; i++) {
      const begun = Promise.withResolvers<void>()
      const request = get(`${platform.url}${path}/readings/export?${period}`, { headers }, (answer) => {
        answer.once('data', () => {
          request.destroy()
          begun.resolve()
        })
      })
      request.on('error', () => undefined)
      await begun.promise
    }
    expect((await api.call('GET', `${path}/statistics?port=1&${period}`)).status).toBe(200)
    expect(platform.log).not.toContain('broke off')
  })

  it('is told as it is while readings come in late', async () => {
    const hour = end - 60 * minuteMs
    const late = iso(hour + 3 * minuteMs)
    const before = await api.get(statisticsSchema, `${path}/statistics?port=1&${period}`)
    const sent = await api.call('POST', '/api/v1/ingest/purifier-1', {
      body: { ts: late, readings: [{ port: 1, value: -50 }] },
    })
    expect(sent.status).toBe(202)
    await untilTrue('the late reading counts', async () => {
      const { count } = await api.get(statisticsSchema, `${path}/statistics?port=1&${period}`)
      return count === before.count + 1
    })
    const buckets = await api.all(bucketSchema, `${path}/readings?port=1&bucket=1h&${period}`)
    expect(buckets.at(-1)).toMatchObject({ ts: hour, count: 31, min: -50 })
  })
})

import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { missingS3Server, type S3Server, startS3Server } from '../engines/archive/s3-server.fixture.ts'
import type { ApiClient } from './harness/api-client.ts'
import { fillSeries } from './harness/fill-series.ts'
import { TestPlatform } from './harness/platform.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'

const dayMs = 86_400_000
/** A UTC day past the retention of 90 days, and three after it. */
const oldestDay = Math.floor(Date.now() / dayMs - 120) * dayMs
const devices = ['logger-1', 'logger-2'] as const
const dayName = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

const retention = z.object({
  isDue: z.boolean(),
  endedAt: z.string().nullable(),
  error: z.string().nullable(),
  failures: z.int(),
  done: z.object({ days: z.int(), readings: z.int(), restored: z.int() }).nullable(),
})
const days = z.object({
  items: z.array(
    z.object({
      day: z.string(),
      readings: z.int(),
      devices: z.int(),
      restored: z.array(z.object({ state: z.string(), keepUntil: z.string() })),
    }),
  ),
})

/** Every 5 minutes for four days, and one reading of today. */
function* readings(orgId: string) {
  for (const deviceId of devices) {
    for (let i = 0; i < 4 * 288; i += 1) {
      const rawValue = Math.sin(i / 30) * 40
      const ts = oldestDay + i * 300_000
      const quality = i % 50 === 0 ? ('late' as const) : ('good' as const)
      yield {
        orgId,
        deviceId,
        port: 1 + (i % 2),
        ts,
        rawValue,
        calibratedValue: rawValue / 3,
        quality,
        ingestTs: ts + 50,
      }
    }
  }
}

/** What the API says about all of the time, in every way. */
async function answers(api: ApiClient): Promise<unknown> {
  const period = `from=${dayName(oldestDay)}T00:00:00Z&to=${dayName(oldestDay + 4 * dayMs)}T00:00:00Z`
  const all: unknown[] = []
  for (const id of devices) {
    const base = `/api/v1/devices/${id}`
    for (const query of [
      `/readings?${period}&limit=10000`,
      `/readings?${period}&limit=10000&port=2&order=descending`,
      `/readings?${period}&port=1&bucket=1h`,
      `/readings?${period}&port=2&bucket=1d`,
      `/statistics?${period}&port=1`,
      '/latest',
    ]) {
      const { body, status } = await api.call('GET', base + query)
      expect({ query, status }).toEqual({ query, status: 200 })
      all.push(body)
    }
  }
  return JSON.parse(
    JSON.stringify(all, (key, value: unknown) => (key === 'avg' ? Number(value).toPrecision(11) : value)),
  )
}

const finishedAfter = async (api: ApiClient, earlier: string | null) =>
  await until('retention has ended a run', async () => {
    const state = await api.expect(retention, 'GET', '/api/v1/archive/retention')
    return state.endedAt !== earlier && !state.isDue ? state : undefined
  })

function verifyArchive(platform: TestPlatform, environment: Readonly<Record<string, string>>) {
  const script = path.join(import.meta.dirname, '../settings/cli.ts')
  return spawnSync(process.execPath, [script, 'archive', 'verify'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_NO_WARNINGS: '1', DATA_DIR: platform.dataDir, ...environment },
  })
}

describe.each([
  ['in a folder', false],
  ['in a bucket', true],
])('the archive %s', (_, isBucket) => {
  const isSkipped = isBucket && missingS3Server !== undefined
  let server: S3Server | undefined
  let platform: TestPlatform
  let api: ApiClient
  let before: unknown
  const environment: Record<string, string> = {}

  beforeAll(async () => {
    if (isSkipped) return
    if (isBucket) {
      server = await startS3Server()
      await server.createBucket('archive')
      environment['ARCHIVE_URL'] = `s3://archive/fleet?endpoint=${server.endpoint}&region=us-east-1`
      environment['AWS_ACCESS_KEY_ID'] = 'test-key'
      environment['AWS_SECRET_ACCESS_KEY'] = 'test-secret'
    }
    platform = await TestPlatform.prepare({ environment })
    await platform.start()
    api = await createOrganization(platform.api, 'archived')
    for (const id of devices) await registerDevice(api, id, { ports: [{ port: 1 }, { port: 2 }] })
    await platform.kill('SIGTERM')
    await fillSeries(platform.dataDir, readings(api.organization ?? ''))
    await platform.start()
    before = await answers(api)
  })
  afterAll(async () => {
    if (isSkipped) return
    await platform.dispose()
    await server?.kill()
  })

  it.skipIf(isSkipped)('takes what is past retention, and queries answer as before', async () => {
    expect(await api.expect(days, 'GET', '/api/v1/archive')).toEqual({ items: [] })
    await api.expect(retention, 'POST', '/api/v1/archive/run')
    const { done, error } = await finishedAfter(api, null)
    expect({ done, error }).toMatchObject({ done: { days: 4, readings: 2 * 4 * 288 }, error: null })
    const { items } = await api.expect(days, 'GET', '/api/v1/archive')
    expect(items.map(({ day, devices: count, readings: of }) => ({ day, count, of }))).toEqual(
      [3, 2, 1, 0].map((i) => ({ day: dayName(oldestDay + i * dayMs), count: 2, of: 576 })),
    )
    expect(await platform.metric('fleetloom_archive_readings')).toBe(2304)
    expect(await answers(api)).toEqual(before)
  })

  it.skipIf(isSkipped)('answers as before after a restart, and verifies', async () => {
    await platform.restart()
    expect(await answers(api)).toEqual(before)
    const verified = verifyArchive(platform, environment)
    expect(verified.stderr).toBe('')
    expect(verified.stdout).toMatch(/: 4 files, 2304 readings, .*: good\n$/)
    expect(verified.status).toBe(0)
  })

  it.skipIf(isSkipped)('brings days back and leaves them for a while', async () => {
    const { endedAt } = await api.expect(retention, 'GET', '/api/v1/archive/retention')
    const body = { from: dayName(oldestDay), to: dayName(oldestDay + dayMs), keepDays: 3 }
    const restored = await api.call('POST', '/api/v1/archive/restore', { body })
    expect(restored.status).toBe(202)
    const state = await finishedAfter(api, endedAt)
    expect(state).toMatchObject({ error: null, done: { days: 0, restored: 1152 } })
    const { items } = await api.expect(days, 'GET', `/api/v1/archive?to=${body.to}`)
    expect(items.map(({ restored: holds }) => holds.map((hold) => hold.state))).toEqual([
      ['restored'],
      ['restored'],
    ])
    expect(await answers(api)).toEqual(before)
    await api.expect(retention, 'POST', '/api/v1/archive/run')
    expect(await finishedAfter(api, state.endedAt)).toMatchObject({ done: { days: 0, restored: 0 } })
    expect(await answers(api)).toEqual(before)
  })

  it.skipIf(isSkipped)('says what is wrong with a request to restore', async () => {
    const day = dayName(oldestDay)
    const post = async (body: unknown) => await api.call('POST', '/api/v1/archive/restore', { body })
    expect((await post({ from: day, to: '1999-01-01' })).status).toBe(422)
    expect((await post({ from: '1999-01-01', to: '1999-01-31' })).status).toBe(404)
    expect((await post({ from: day, to: day, deviceId: 'nobody' })).status).toBe(404)
    expect((await post({ from: day, to: day, keepDays: 0 })).status).toBe(400)
  })
})

describe('retention of an organization', () => {
  it('is set by whoever runs the platform, checked, and taken away again', async () => {
    const platform = await TestPlatform.prepare()
    try {
      await platform.start()
      const api = await createOrganization(platform.api, 'short')
      const url = `/api/v1/organizations/${api.organization ?? ''}`
      const patch = async (body: unknown) => await platform.api.call('PATCH', url, { body })
      const set = await patch({ retention: { telemetryDays: 7, classes: { 'port-monitor': 2 } } })
      expect(set).toMatchObject({ status: 200, body: { name: 'short', retention: { telemetryDays: 7 } } })
      expect(await patch({ name: 'shorter' })).toMatchObject({
        status: 200,
        body: { name: 'shorter', retention: { telemetryDays: 7, classes: { 'port-monitor': 2 } } },
      })
      expect((await patch({ retention: { telemetryDays: 0 } })).status).toBe(400)
      expect((await patch({ retention: null })).body).not.toHaveProperty('retention')
      expect(
        (await platform.api.call('PATCH', '/api/v1/organizations/nobody', { body: { name: 'x' } })).status,
      ).toBe(404)
    } finally {
      await platform.dispose()
    }
  })
})

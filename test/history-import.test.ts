import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { adminPassword } from './harness/platform.ts'
import { fleetloom } from './harness/fleetloom.ts'
import type { Answer, ApiClient } from './harness/api-client.ts'
import {
  createOrganization,
  deadLettersOf,
  latestSchema,
  readingsOf,
  registerDevice,
} from './harness/resources.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()
/** Years before what devices may send. */
const firstMs = Date.UTC(2019, 0, 1)
const ports = [
  { port: 1, name: 'one', scaling: 2, offset: 1, max: 100 },
  { port: 2, name: 'two' },
]
const csvOf = (count: number, value = (i: number): number => i % 40): string => {
  const lines = Array.from(
    { length: count },
    (_, i) => `${new Date(firstMs + i * 60_000).toISOString()},1,${value(i)}`,
  )
  return ['ts,port,value', ...lines, ''].join('\r\n')
}

describe('history from elsewhere', () => {
  const running = usePlatform()
  let api: ApiClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'import')
    await api.expect(anything, 'POST', '/api/v1/alert-rules', {
      body: {
        name: 'any',
        scope: {},
        severity: 'info',
        condition: { kind: 'above', port: 1, value: -1 },
      },
    })
  })

  const register = (id: string): Promise<unknown> => registerDevice(api, id, { ports })
  const bring = (id: string, bytes: string): Promise<Answer> =>
    api.call('POST', `/api/v1/devices/${id}/history`, { bytes })
  const nothing = { imported: 0, repeated: 0, conflicting: 0, refused: 0, errors: [] }

  it('is stored once, calibrated, years back, larger than other bodies may be, and alerts nobody', async () => {
    await register('old-1')
    const csv = csvOf(100_000)
    expect(csv.length).toBeGreaterThan(2_000_000)
    expect(await bring('old-1', csv)).toMatchObject({ status: 200, body: { ...nothing, imported: 100_000 } })
    expect(await bring('old-1', csv)).toMatchObject({ status: 200, body: { ...nothing, repeated: 100_000 } })
    const [first] = await readingsOf(
      api,
      'old-1',
      '&port=1&from=2019-01-01T00:00:00Z&to=2019-01-01T00:01:00Z',
    )
    expect(first).toMatchObject({ rawValue: 0, calibratedValue: 1, quality: 'good' })
    const statistics = await api.expect(
      z.object({ count: z.int(), max: z.number() }),
      'GET',
      '/api/v1/devices/old-1/statistics?port=1&from=2019-01-01T00:00:00Z&to=2020-01-01T00:00:00Z',
    )
    expect(statistics).toEqual({ count: 100_000, max: 79 })
    const latest = await api.expect(latestSchema, 'GET', '/api/v1/devices/old-1/latest')
    expect(latest.items).toMatchObject([{ port: 1, rawValue: 99_999 % 40 }])
    expect(await api.call('GET', '/api/v1/alerts')).toMatchObject({ body: { items: [] } })
    expect(await deadLettersOf(api)).toEqual([])
  })

  it('says which lines it does not take, keeps the others, and what is stored stays', async () => {
    await register('old-2')
    const at = (minute: number): string => new Date(firstMs + minute * 60_000).toISOString()
    const lines = [
      { ts: at(0), port: 1, value: 5 },
      { ts: at(0), port: 1, value: 5 },
      { ts: at(0), port: 1, value: 6 },
      { ts: at(1), port: 7, value: 5 },
      { ts: '1980-01-01T00:00:00Z', port: 1, value: 5 },
      { ts: at(2), port: 1, value: 70 },
    ]
    const body = ['{', ...lines.map((line) => JSON.stringify(line))].join('\n')
    expect(await bring('old-2', body)).toMatchObject({
      status: 200,
      body: {
        imported: 2,
        repeated: 1,
        conflicting: 1,
        refused: 3,
        errors: [{ line: 1 }, { line: 5, message: 'port: 7 is not a port of this device' }, { line: 6 }],
      },
    })
    const found = await readingsOf(api, 'old-2', '&from=2019-01-01T00:00:00Z')
    expect(found.map(({ quality, rawValue }) => [rawValue, quality])).toEqual([
      [5, 'good'],
      [70, 'out-of-range'],
    ])
    expect((await bring('nobody', csvOf(1))).status).toBe(404)
    expect((await bring('old-2', `${'x'.repeat(20_000)}\n`)).status).toBe(400)
  })

  it('may be brought by the command line', async () => {
    await register('old-3')
    const folder = makeTempDir('import')
    const file = path.join(folder, 'old.csv')
    await writeFile(file, csvOf(200_000))
    const { code, text } = await fleetloom(
      ['import', '--organization', api.organization ?? '', '--device', 'old-3', file],
      { PORT: String(running().port), ADMIN_PASSWORD: adminPassword },
    )
    removeTempDir(folder)
    expect(text.trim().split('\n').at(-1)).toBe('200000 imported, 0 repeated, 0 conflicting, 0 refused')
    expect(code).toBe(0)
  })
})

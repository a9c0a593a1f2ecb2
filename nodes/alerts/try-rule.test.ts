import { expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import type { RangeQuery } from '../platform/series/port.ts'
import { isFlapping } from './back-test.ts'
import { at } from './rule.fixture.ts'
import { ruleBody } from './rule.ts'
import { tryRule } from './try-rule.ts'
import type { WatchedReading } from './evaluate.ts'

const record = aRecord(aClass(), aDevice({ createdAt: '1970-01-01T00:00:00.000Z', tags: ['hall-a'] }))
const other = aRecord(aClass(), aDevice({ id: 'x1' }), 'other')
const day = 86_400
const clock = { after: (_: number, run: () => void) => (setImmediate(run), () => undefined) }

const tried = async (
  readings: readonly WatchedReading[],
  changes: object = {},
  fromSeconds = 0,
): Promise<unknown> => {
  const range = ({ fromMs, port, toMs }: RangeQuery): Promise<{ items: never[] }> =>
    Promise.resolve({
      // oxlint-disable-next-line no-unsafe-type-assertion -- of a point only what is watched is asked for
      items: readings.filter((each) => each.port === port && each.ts >= fromMs && each.ts < toMs) as never[],
    })
  const body = ruleBody.parse({
    name: 'hot',
    severity: 'info',
    scope: { tag: 'hall-a' },
    condition: { kind: 'above', port: 1, value: 30 },
    ...changes,
  })
  const directory = { all: () => [record, other], lookup: () => undefined }
  const outcome = await tryRule({ clock, directory, series: { range } }, 'acme', body, {
    fromMs: fromSeconds * 1000,
    toMs: 30 * day * 1000,
  })
  if (outcome.kind !== 'tried') return outcome.kind
  return outcome.firings.map(
    ({ firedAtMs, resolvedAtMs }) =>
      `${firedAtMs / 1000} to ${resolvedAtMs === null ? 'the end' : resolvedAtMs / 1000}`,
  )
}

test('finds what would have fired, and what would still be open', async () => {
  expect(await tried([at(10, 31), at(20, 30), at(10 * day, 31)])).toEqual([
    '10 to 20',
    `${10 * day} to the end`,
  ])
})

test('does not count what came when something newer had come, however much later', async () => {
  const late = at(5 * day - 10, 99, 1, 2 * day * 1000)
  expect(await tried([late, at(5 * day + 10, 20), at(8 * day, 31), at(9 * day, 20)])).toEqual([
    `${8 * day} to ${9 * day}`,
  ])
})

test('knows what was before the period, and lets time fire', async () => {
  const condition = { kind: 'rate', port: 1, perMinute: 1, direction: 'rising' }
  expect(await tried([at(100, 0), at(160, 5)], { condition }, 150)).toEqual(['160 to the end'])
  expect(await tried([at(100, 31)], { sustainedForMs: 60_000 })).toEqual(['160 to the end'])
  expect(
    await tried([at(100, 1), at(200, 1)], { condition: { kind: 'no-data', port: 1, forMs: 60_000 } }),
  ).toEqual(['60 to 100', '160 to 200', '260 to the end'])
})

test('reads history that was brought in all at once by its own time', async () => {
  const imported = (seconds: number, value: number): WatchedReading =>
    at(seconds, value, 1, (40 * day - seconds) * 1000)
  const readings = [imported(100, 31), imported(150, 20), imported(300, 31), imported(400, 31)]
  expect(await tried(readings, { sustainedForMs: 60_000 })).toEqual(['360 to the end'])
})

test('flaps what fires four times within an hour at one device', () => {
  const firing = (minutes: number, deviceId = 'd1') => ({
    deviceId,
    port: 1,
    firedAtMs: minutes * 60_000,
    resolvedAtMs: null,
    value: 1,
  })
  expect(isFlapping([0, 20, 40, 61].map((minutes) => firing(minutes)))).toBe(false)
  expect(isFlapping([0, 20, 40, 60].map((minutes) => firing(minutes)))).toBe(true)
  expect(isFlapping([firing(0), firing(1, 'd2'), firing(2), firing(3)])).toBe(false)
})

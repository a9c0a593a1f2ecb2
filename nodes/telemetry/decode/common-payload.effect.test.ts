import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DeviceClassInput } from '../../devices/device-class.ts'
import { aClass, aDevice, aRecord } from '../../devices/device.fixture.ts'
import { utf8Bytes } from '../../platform/kit/bytes.ts'
import type { Uplink } from '../reading.ts'
import { defaultTimeWindow } from '../timestamp.ts'
import { type Decoded, decodeUplink, nothingDecoded, rejectUplink } from './decode.ts'
import { readUplink } from './read-uplink.ts'
import { anUplink, received, receivedAt } from './uplink.fixture.ts'

const ports: DeviceClassInput['ports'] = [
  { port: 0, name: 'zero' },
  { port: 1, name: 'one', scaling: 1e300 },
  { port: 1023, name: 'last', offset: -1 },
]
const record = aRecord(aClass({ ports }), aDevice())

function become(payload: Uint8Array, changes: Partial<Uplink>): Decoded {
  const into = nothingDecoded()
  const uplink = anUplink({}, { ...changes, payload })
  const read = readUplink(uplink, record)
  if (read.kind === 'fault') rejectUplink(into, uplink, read)
  if (read.kind === 'value') decodeUplink(into, uplink, read.value, record, defaultTimeWindow)
  return into
}

/** All of it but the very bytes; where one is no JSON, words say where it ends. */
const told = (decoded: Decoded): unknown => ({
  ...decoded,
  rejects: decoded.rejects.map((reject) => ({
    ...reject,
    payload: '',
    detail: reject.reason === 'not-json' ? '' : reject.detail,
  })),
})

/** A space at the end means nothing to JSON, and is not of the common form: this takes the parser's way. */
const spaced = (payload: Uint8Array): Uint8Array => Buffer.concat([payload, Buffer.from(' ')])

/** Strictly: -0 is not 0. */
const expectSame = (payload: Uint8Array, changes: Partial<Uplink> = {}): void =>
  expect(told(become(payload, changes))).toStrictEqual(told(become(spaced(payload), changes)))

const time = fc.oneof(
  // Where the window begins and ends, to the millisecond.
  fc.constantFrom(
    ...[receivedAt - defaultTimeWindow.pastMs, receivedAt + defaultTimeWindow.futureMs].flatMap((edge) => [
      edge - 1,
      edge,
      edge + 1,
    ]),
  ),
  fc.integer({ min: receivedAt - 86_400_000, max: receivedAt }),
  fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
)
const timeText = fc.oneof(
  time.map((ms) => new Date(ms).toISOString()),
  time.map((ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z')),
  fc.constantFrom(
    '2025-09-06T24:00:00.000Z',
    '2025-09-06T24:00:30.000Z',
    '2025-09-06T12:60:00.000Z',
    '2025-09-06T12:00:60.000Z',
    '2025-02-29T00:00:00Z',
    '2025-9-06T12:00:00.00Z',
    '',
  ),
)
const port = fc.constantFrom('0', '1', '1023', '-0', '2', '1024', '-1', '1.5', '1.0', '999999999999999', '00')
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '100000000',
    '0.1',
    '1e309',
    '9007199254740993',
    '-',
    '1.',
    'null',
    '"1"',
  ),
  fc.double().map(String),
  fc.integer().map(String),
  fc.tuple(fc.integer(), fc.nat()).map((parts) => parts.join('.')),
  fc.nat(400).map((zeros) => `1${'0'.repeat(zeros)}`),
  fc.nat(400).map((zeros) => `0.${'0'.repeat(zeros)}1`),
)
const payload = fc
  .record({
    gap: fc.constantFrom('', '', ' '),
    ts: fc.option(timeText, { nil: undefined }),
    list: fc.array(fc.tuple(port, value), { maxLength: 5 }),
    extra: fc.constantFrom('', '', ',"ts":"2025-09-06T12:00:00Z"', ',"readings":[]', ',"port":1', '}'),
  })
  .map(({ extra, gap, list, ts }) => {
    const readings = list.map(([number, field]) => `{"port":${gap}${number},${gap}"value":${gap}${field}}`)
    const timed = ts === undefined ? '' : `"ts":${gap}"${ts}",${gap}`
    return utf8Bytes(`{${timed}"readings":${gap}[${readings.join(`,${gap}`)}]${extra}}`)
  })
const changes = fc.record(
  { untimedAt: fc.integer({ min: receivedAt, max: receivedAt + 999 }) },
  { requiredKeys: [] },
)

describe('the common payload becomes what it would by the parser', () => {
  test('readings, dead letters and their words, with and without a time', { timeout: 30_000 }, () => {
    let [readings, rejects] = [0, 0]
    fc.assert(
      fc.property(payload, changes, (bytes, of) => {
        expectSame(bytes, of)
        const decoded = become(bytes, of)
        readings += decoded.readings.length
        rejects += decoded.rejects.length
      }),
      { numRuns: 5000 },
    )
    // Otherwise it would have compared nothing with nothing.
    expect(Math.min(readings, rejects)).toBeGreaterThan(1000)
  })

  test('with any byte changed, left out or put in', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(payload, fc.nat(), fc.nat(255), fc.nat(2), (bytes, place, byte, cut) => {
        const at = place % bytes.length
        expectSame(Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + cut)]))
      }),
      { numRuns: 5000 },
    )
  })

  test('more readings than a message may have', () => {
    const list = (length: number): string => Array.from({ length }, () => '{"port":0,"value":1}').join(',')
    for (const length of [10_000, 10_001]) expectSame(utf8Bytes(`{"readings":[${list(length)}]}`))
    expect(become(utf8Bytes(`{"readings":[${list(10_001)}]}`), {}).rejects).toHaveLength(1)
  })
})

test.each<[string, DeviceClassInput['telemetry'][number]['decode']]>([
  ['readings', { shape: 'readings', time: { path: 'when', format: 'standard' } }],
  ['readings behind a path', { shape: 'readings', time: { path: 'meta.when', format: 'iso' } }],
])('a class of %s that says where the time is has it from there', (_, decode) => {
  const own = aRecord(aClass({ telemetry: [{ topic: 'x/{device}', decode }], ports }), aDevice())
  const when = '2025-09-06T11:00:00.000Z'
  const readings = [{ port: 0, value: 7 }]
  const at = { when, meta: { when }, ts: '2025-09-06T11:30:00.000Z' }
  expect(received(JSON.stringify({ ...at, readings }), own).readings).toEqual([[0, 7, when]])
  // There is none where the class looks for it.
  const elsewhere = JSON.stringify({ ts: at.ts, readings })
  expect(received(elsewhere, own).readings).toEqual([[0, 7]])
})

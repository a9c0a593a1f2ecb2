import * as fc from 'fast-check'
import { timeFormats } from '../../devices/class-decode.ts'
import type { DeviceClassInput } from '../../devices/device-class.ts'

type Entry = DeviceClassInput['telemetry'][number]
type Payload = NonNullable<Entry['decode']['payload']>

/** Few, so that classes and payloads meet. */
const keys = ['v', 'value', 'ts', 'readings', 'list', 'a', 'port', 'air temp', '__proto__', 'bytes']
const key = fc.constantFrom(...keys)
const path = fc.constantFrom(
  'v',
  'value',
  'ts',
  'list',
  'a.v',
  'a.0',
  '"air temp"',
  'list.0.v',
  'bytes.v',
  'a."v".a',
)
const zone = fc.constantFrom('Europe/Rome', 'America/St_Johns', 'UTC', undefined)
const format = fc.constantFrom(...timeFormats)
const layout = fc.array(
  fc.record(
    {
      name: fc.constantFrom('v', 'value', 'a'),
      offset: fc.integer({ min: -20, max: 20 }),
      type: fc.constantFrom('u8', 'i8', 'u16', 'i24', 'u24', 'i32', 'u64', 'i64', 'f32', 'f64'),
      endian: fc.constantFrom('big', 'little'),
      bits: fc.constantFrom({ from: 0, count: 1 }, { from: 31, count: 32 }),
      scale: fc.double({ noNaN: true, noDefaultInfinity: true }),
      add: fc.double({ noNaN: true, noDefaultInfinity: true }),
    },
    { requiredKeys: ['name', 'offset', 'type'] },
  ),
  { minLength: 1, maxLength: 4 },
)
const compression = fc.constantFrom('none', 'none', 'gzip', 'deflate')
const payload: fc.Arbitrary<Payload> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('json'), lenient: fc.boolean() }) },
  fc.record({ kind: fc.constant('json'), compression, lenient: fc.boolean() }),
  fc.record({
    kind: fc.constant('json'),
    inner: fc.record({ path, encoding: fc.constantFrom('hex', 'base64'), layout }),
  }),
  fc.record({ kind: fc.constantFrom('text', 'number', 'base64', 'cbor'), compression }),
  fc.record({ kind: fc.constant('bytes'), compression, layout }),
)
const values = fc.record({
  numericText: fc.boolean(),
  decimalComma: fc.boolean(),
  unitSuffix: fc.boolean(),
  words: fc.dictionary(fc.constantFrom('on', 'off', 'constructor'), fc.integer()),
  noValue: fc.array(fc.oneof(fc.integer(), fc.constantFrom('nan', '85')), { maxLength: 3 }),
})
const time = fc.record({
  path: fc.constantFrom('ts', 'ts', 'a.0'),
  format,
  zone,
  clockNotSet: fc.constantFrom('refuse', 'receipt'),
})
const samples = fc.record(
  {
    path,
    time: fc.record({ path, format, zone }),
    offset: fc.record({ path, unit: fc.constantFrom('ms', 's', 'min'), before: fc.boolean() }),
    stepMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
  },
  { requiredKeys: [] },
)
const fields = fc.array(
  fc.record({
    path,
    port: fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.constant({ level: 'sensor', ports: { temperature: 1, humidity: 2 } }),
    ),
  }),
  { minLength: 1, maxLength: 4 },
)
const common = { payload, values, time }
const decode = fc.oneof(
  fc.record({
    shape: fc.constant('fields'),
    ...common,
    fields,
    samples: fc.option(samples, { nil: undefined, freq: 1 }),
  }),
  fc.record({ shape: fc.constantFrom('readings', 'none'), ...common }),
)

/** The changes of a class: any way to read telemetry and lifecycle, on `x/{device}/{sensor}` and `x/{device}/up/lwt`. */
export const anyClass = fc.record({
  telemetry: fc.record({ topic: fc.constant('x/{device}/{sensor}'), decode }).map((entry) => [entry]),
  topics: fc.constant({ lifecycle: 'x/{device}/up/lwt' }),
  lifecycle: fc.constantFrom(
    { path: 'a.v', online: ['on'], offline: ['off'] },
    { online: ['on'], offline: ['off'] },
  ),
  reported: fc.array(path, { maxLength: 3 }),
})

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    85,
    -127,
    'ON',
    '23,5 °C',
    'nan',
    1_757_160_000,
    '1757160000000',
    '2025-09-06T12:00:00',
  ),
  fc.double(),
  fc.string(),
  fc.maxSafeInteger(),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 5 }),
  ),
}))

/** What it meets: JSON that is nearly right, text, bytes. */
export const anyPayload: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.record({ v: scalar, value: scalar, a: json }).map((value) => JSON.stringify(value)),
  fc
    .record({ list: fc.array(fc.record({ v: scalar }), { maxLength: 3 }), v: scalar })
    .map((value) => JSON.stringify(value)),
  json.map((value) => JSON.stringify(value) ?? ''),
  json.map((value) => `\ufeff${JSON.stringify(value)}`.replace('null', 'NaN')),
  fc.string(),
  fc.uint8Array({ maxLength: 64 }),
)

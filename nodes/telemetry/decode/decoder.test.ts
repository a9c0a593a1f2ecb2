import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { at, nothing, oneOf, recordOf } from './foreign-class.fixture.ts'
import { received, receivedAt } from './uplink.fixture.ts'

describe('values', () => {
  const text = { numericText: true }
  test.each<[unknown, object, number]>([
    ['23.5', text, 23.5],
    [' -1e3 ', text, -1000],
    ['.5', text, 0.5],
    ['23,5', { decimalComma: true }, 23.5],
    ['23.5', { decimalComma: true }, 23.5],
    ['1.234,5', { decimalComma: true }, 1234.5],
    ['23.5 °C', { unitSuffix: true }, 23.5],
    ['23,5°C', { unitSuffix: true, decimalComma: true }, 23.5],
    ['85 %', { unitSuffix: true }, 85],
    ['ON', { words: { on: 1 } }, 1],
    [' Open ', { words: { open: 1, closed: 0 } }, 1],
    ['closed', { words: { open: 1, closed: 0 } }, 0],
    [true, {}, 1],
    [false, {}, 0],
    [true, { words: { true: 0 } }, 0],
  ])('%j is a number by %j', (v, values, expected) => {
    expect(received(JSON.stringify({ v }), oneOf({ values }))).toEqual(at([1, expected]))
  })

  test.each<[unknown, object]>([
    [null, {}],
    [85, { noValue: [85, -127] }],
    [-127, { noValue: [85, -127] }],
    ['-127', { numericText: true, noValue: [-127] }],
    ['Unavailable', { noValue: ['unavailable'] }],
  ])('%j is no value by %j', (v, values) => {
    expect(received(JSON.stringify({ v }), oneOf({ values }))).toEqual(nothing)
  })

  test.each<[unknown, object]>([
    ['23.5', {}],
    ['23,5', text],
    ['23.5 °C', text],
    ['1.2.3', text],
    ['1,2,3', { decimalComma: true }],
    ['1 2', { unitSuffix: true }],
    ['', text],
    ['on', { words: { off: 0 } }],
    ['constructor', { words: { off: 0 } }],
    ['1'.repeat(100), text],
    [{ a: 1 }, text],
  ])('%j is told by %j', (v, values) => {
    expect(received(JSON.stringify({ v }), oneOf({ values }))).toMatchObject({
      readings: [],
      reasons: ['wrong-shape'],
    })
  })

  test('have rules of their own where a field has some', () => {
    const record = oneOf({
      values: { noValue: [85] },
      fields: [
        { path: 'v', port: 1 },
        { path: 'w', port: 2, values: { numericText: true } },
      ],
    })
    expect(received('{"v":85,"w":"85"}', record)).toEqual(at([2, 85]))
  })

  test('beyond what a double holds exactly are suspect, and reported as the text that was sent', () => {
    const record = recordOf(
      [{ topic: 'x/{device}', decode: { shape: 'fields', fields: [{ path: 'v', port: 1 }] } }],
      { reported: ['v', 'w'] },
    )
    expect(received('{"v":9007199254740993,"w":1}', record)).toEqual({
      ...at([1, 9_007_199_254_740_992]),
      suspect: 1,
      reported: { v: '9007199254740993', w: 1 },
    })
  })
})

describe('payloads', () => {
  test('a byte-order mark is skipped, and what is empty is nothing', () => {
    expect(received('\ufeff{"v":1}', oneOf({}))).toEqual(at([1, 1]))
    expect(received('\ufeff{"v":1}', oneOf({ values: { numericText: true } }))).toEqual(at([1, 1]))
    expect(
      received('\ufeff1', oneOf({ payload: { kind: 'number' }, fields: [{ path: 'value', port: 1 }] })),
    ).toEqual(at([1, 1]))
    expect(received('', oneOf({}))).toEqual(nothing)
  })

  test('nan beside a number does not lose it where the class is lenient', () => {
    const payload = '{"temperature":nan,"humidity":41,"a":-Infinity,"text":"nan \\" inf"}'
    const fields = [
      { path: 'temperature', port: 1 },
      { path: 'humidity', port: 2 },
    ]
    expect(received(payload, oneOf({ payload: { kind: 'json', lenient: true }, fields }))).toEqual(
      at([2, 41]),
    )
    expect(received(payload, oneOf({ fields })).reasons).toEqual(['not-json'])
    expect(
      received('{"humidity":nano}', oneOf({ payload: { kind: 'json', lenient: true }, fields })).reasons,
    ).toEqual(['not-json'])
  })

  test.each([
    ['gzip', gzipSync('{"v":1}')],
    ['deflate', deflateSync('{"v":1}')],
    ['deflate', deflateRawSync('{"v":1}')],
  ] as const)('%s', (compression, bytes) => {
    const record = oneOf({ payload: { kind: 'json', compression } })
    expect(received(bytes, record)).toEqual(at([1, 1]))
    expect(received('{"v":1}', record).reasons).toEqual(['wrong-shape'])
  })

  test('what would become too large is not unpacked', () => {
    const bomb = gzipSync(Buffer.alloc(2_000_000, 0x20))
    expect(received(bomb, oneOf({ payload: { kind: 'json', compression: 'gzip' } }))).toMatchObject({
      reasons: ['wrong-shape'],
      details: expect.stringContaining('gzip'),
    })
  })

  test('a number alone, and JSON that is one', () => {
    const fields = [{ path: 'value', port: 1 }]
    expect(received(' 23.5\n', oneOf({ payload: { kind: 'number' }, fields }))).toEqual(at([1, 23.5]))
    expect(received('warm', oneOf({ payload: { kind: 'number' }, fields })).reasons).toEqual(['wrong-shape'])
    const quoted = recordOf([
      { topic: 'x/{device}', decode: { shape: 'fields', fields, values: { numericText: true } } },
    ])
    expect(received('23.5', quoted)).toEqual(at([1, 23.5]))
  })

  const layout = [
    { name: 't', offset: 0, type: 'i16', scale: 0.1 },
    { name: 'h', offset: 2, type: 'u16', endian: 'little', scale: 0.5, add: -1 },
    { name: 'door', offset: 4, type: 'u8', bits: { from: 3, count: 1 } },
    { name: 'last', offset: -3, type: 'i24' },
  ] as const
  const fields = [
    { path: 't', port: 1 },
    { path: 'h', port: 2 },
    { path: 'door', port: 3 },
    { path: 'last', port: 4 },
  ]
  const bytes = Uint8Array.from([0xff, 0x9c, 0x0a, 0x00, 0b1000, 0xff, 0xff, 0xfe])
  const values = at([1, -10], [2, 4], [3, 1], [4, -2])

  test('bytes by their layout; what lies behind the end is not there', () => {
    const record = oneOf({ payload: { kind: 'bytes', layout: [...layout] }, fields })
    expect(received(bytes, record)).toEqual(values)
    expect(received(bytes.slice(0, 2), record)).toEqual(at([1, -10]))
    expect(received(bytes.slice(0, 1), record).reasons).toEqual(['wrong-shape'])
  })

  test('base64 of bytes, or of JSON', () => {
    const text = Buffer.from(bytes).toString('base64')
    expect(received(text, oneOf({ payload: { kind: 'base64', layout: [...layout] }, fields }))).toEqual(
      values,
    )
    expect(received('eyJ2IjoxfQ==', oneOf({ payload: { kind: 'base64' } }))).toEqual(at([1, 1]))
    expect(received('no base64!', oneOf({ payload: { kind: 'base64' } })).reasons).toEqual(['wrong-shape'])
  })

  test.each(['base64', 'hex'] as const)('bytes as %s within JSON', (encoding) => {
    const record = oneOf({
      payload: { kind: 'json', inner: { path: 'data', encoding, layout: [...layout] } },
      fields: [
        { path: 'bytes.t', port: 1 },
        { path: 'rssi', port: 2 },
      ],
    })
    const data = Buffer.from(bytes).toString(encoding)
    expect(received(JSON.stringify({ data, rssi: -70 }), record)).toEqual(at([1, -10], [2, -70]))
    expect(received('{"data":"?","rssi":-70}', record).reasons).toEqual(['wrong-shape'])
  })

  test.each([
    ['u8', 'big', [255], 255],
    ['i8', 'big', [255], -1],
    ['u16', 'little', [1, 2], 513],
    ['u24', 'big', [1, 2, 3], 66_051],
    ['u24', 'little', [3, 2, 1], 66_051],
    ['u32', 'big', [255, 255, 255, 255], 4_294_967_295],
    ['i32', 'little', [254, 255, 255, 255], -2],
    ['u64', 'big', [0, 0, 0, 1, 0, 0, 0, 0], 4_294_967_296],
    ['i64', 'little', [255, 255, 255, 255, 255, 255, 255, 255], -1],
    ['f32', 'big', [0x41, 0xbc, 0, 0], 23.5],
    ['f64', 'big', [0x40, 0x37, 0x80, 0, 0, 0, 0, 0], 23.5],
  ] as const)('%s, %s end first', (type, endian, of, expected) => {
    const record = oneOf({ payload: { kind: 'bytes', layout: [{ name: 'v', offset: 0, type, endian }] } })
    expect(received(Uint8Array.from(of), record)).toEqual(at([1, expected]))
  })

  test.each([
    [3, { scale: 0.1 }, 0.3],
    [7, { scale: 0.01, add: -40 }, -39.93],
    [5, { scale: 2 }, 10],
    [5, { scale: -0.5 }, -2.5],
    [3, { scale: 0.3 }, 0.9],
    [5, { scale: 0, add: 1 }, 1],
  ])('%i by %j is the decimal %d', (raw, scaled, expected) => {
    const record = oneOf({
      payload: { kind: 'bytes', layout: [{ name: 'v', offset: 0, type: 'u8', ...scaled }] },
    })
    expect(received(Uint8Array.of(raw), record)).toEqual(at([1, expected]))
  })

  test('keys with anything in them stand in quotes', () => {
    const record = oneOf({ fields: [{ path: '"a:b"."c d".0', port: 1 }] })
    expect(received('{"a:b":{"c d":[7]}}', record)).toEqual(at([1, 7]))
  })
})

describe('samples', () => {
  const v = [{ path: 'v', port: 1 }]

  test('with times of their own', () => {
    const record = oneOf({
      fields: v,
      samples: { path: 'data.list', time: { path: 't', format: 'epoch-s' } },
    })
    expect(received('{"data":{"list":[{"t":1757160000,"v":1},{"t":1757160001,"v":2}]}}', record)).toEqual(
      at([1, 1, '2025-09-06T12:00:00.000Z'], [1, 2, '2025-09-06T12:00:01.000Z']),
    )
  })

  test('so and so long before or after the message', () => {
    const payload = '{"ts":"2025-09-06T12:00:00Z","list":[{"o":5,"v":1},{"o":0,"v":2}]}'
    const before = oneOf({
      fields: v,
      samples: { path: 'list', offset: { path: 'o', unit: 's', before: true } },
    })
    expect(received(payload, before)).toEqual(
      at([1, 1, '2025-09-06T11:59:55.000Z'], [1, 2, '2025-09-06T12:00:00.000Z']),
    )
    const after = oneOf({ fields: v, samples: { path: 'list', offset: { path: 'o' } } })
    expect(received(payload, after).readings[0]).toEqual([1, 1, '2025-09-06T12:00:00.005Z'])
    expect(received('{"list":[{"v":1}]}', after).reasons).toEqual(['ts-invalid'])
  })

  test('at equal steps, of bare numbers, or as the whole payload', () => {
    const record = oneOf({
      fields: [{ path: 'value', port: 1 }],
      samples: { path: 'list', stepMs: 1000 },
    })
    expect(received('{"ts":"2025-09-06T12:00:00Z","list":[4,5]}', record)).toEqual(
      at([1, 4, '2025-09-06T12:00:00.000Z'], [1, 5, '2025-09-06T12:00:01.000Z']),
    )
    expect(received('[{"v":1},{"v":2}]', oneOf({ fields: v, samples: { stepMs: -1000 } }))).toEqual(
      at([1, 1], [1, 2, '2025-09-06T12:00:04.000Z']),
    )
  })

  test('that are no array are told', () => {
    expect(received('{"list":5}', oneOf({ fields: v, samples: { path: 'list' } })).reasons).toEqual([
      'wrong-shape',
    ])
  })
})

test('a list of readings may have text and words, and one reading alone is one of the list', () => {
  const record = recordOf([
    {
      topic: 'x/{device}',
      decode: { shape: 'readings', time: { path: 'at', format: 'epoch-s' }, values: { numericText: true } },
    },
  ])
  expect(received('{"at":1757160000,"readings":{"port":1,"value":"5"}}', record)).toEqual(
    at([1, 5, '2025-09-06T12:00:00.000Z']),
  )
  expect(received('{"port":1,"value":"5"}', record)).toEqual(at([1, 5]))
  expect(received('[{"port":1,"value":5,"ts":1757160001},{"port":9,"value":1}]', record)).toMatchObject({
    readings: [[1, 5, '2025-09-06T12:00:01.000Z']],
    reasons: ['unknown-port'],
  })
})

test('times of receipt are what the tests above leave out', () => {
  expect(new Date(receivedAt).toISOString()).toBe('2025-09-06T12:00:05.000Z')
})

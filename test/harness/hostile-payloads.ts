import { isUtf8 } from 'node:buffer'
import type { Random } from './random.ts'

/** What a device may send that it should not, with the reasons under which it must be found again. */
export interface HostilePayload {
  readonly bytes: Buffer
  readonly reasons: readonly string[]
  /** Values of good readings among it, on port 1: they must be stored all the same. */
  readonly good?: readonly { readonly ts: string; readonly value: number }[]
}

type Make = (random: Random, nowMs: number) => HostilePayload

const text = (reason: string, json: string): HostilePayload => ({
  bytes: Buffer.from(json),
  reasons: [reason],
})

const oneOf =
  (reason: string, ...payloads: readonly [string, ...string[]]): Make =>
  (random) =>
    text(reason, random.pick(payloads))

const nested = (depth: number, open: string, close: string): string =>
  `${open.repeat(depth)}1${close.repeat(depth)}`

const iso = (ms: number): string => new Date(ms).toISOString()
const withTs = (ts: string): string => `{"ts":${ts},"readings":[{"port":1,"value":1}]}`

/** Whatever the bytes happen to be, judged here without the platform's code. */
function judged(bytes: Buffer): HostilePayload {
  // Clears what is retained, and says nothing.
  if (bytes.length === 0) return { bytes, reasons: [] }
  if (!isUtf8(bytes)) return { bytes, reasons: ['not-utf8'] }
  try {
    JSON.parse(bytes.toString())
    return { bytes, reasons: ['wrong-shape'] }
  } catch {
    return { bytes, reasons: ['not-json'] }
  }
}

const makers: readonly [Make, ...Make[]] = [
  (random) => judged(random.bytes(random.between(0, 200))),
  (random) => {
    const bytes = Buffer.from('{"ts":"2025-01-01T00:00:00Z","readings":[{"port":1,"value":1,"x":"____"}]}')
    bytes.set([random.pick([0xff, 0xc0, 0xed, 0xf8]), random.between(0x80, 0xff)], bytes.indexOf('____'))
    return { bytes, reasons: ['not-utf8'] }
  },
  (random) => {
    const whole = '{"ts":"2025-01-01T00:00:00Z","readings":[{"port":1,"value":1}]}'
    return text('not-json', whole.slice(0, random.between(1, whole.length - 1)))
  },
  oneOf(
    'not-json',
    '{"readings":[{"port":1,"value":NaN}]}',
    "{'readings':[]}",
    '{"readings":[{"port":1,}]}',
    'ok',
  ),
  oneOf('wrong-shape', 'null', '[]', '{}', '"readings"', '0', 'true', '{"readings":{}}', '{"readings":null}'),
  oneOf(
    'wrong-shape',
    '{"readings":[null]}',
    '{"readings":[{"port":"1","value":1}]}',
    '{"readings":[{"port":1,"value":"1"}]}',
    '{"readings":[{"port":1,"value":true}]}',
    '{"readings":[{"port":1,"value":{"$gt":0}}]}',
    '{"readings":[[1,2]]}',
    '{"readings":[{"port":1}]}',
  ),
  oneOf(
    'wrong-shape',
    '{"__proto__":{"readings":[{"port":1,"value":666}]}}',
    '{"constructor":{"prototype":{"readings":[{"port":1,"value":666}]}}}',
    '{"readings":[{"__proto__":{"port":1,"value":666}}]}',
    '{"readings":[{"port":1,"__proto__":{"value":666}}]}',
  ),
  oneOf('not-finite', '{"readings":[{"port":1,"value":1e999}]}', '{"readings":[{"port":1,"value":-1e999}]}'),
  (random) => text('unknown-port', `{"readings":[{"port":${random.between(100, 1e9)},"value":1}]}`),
  oneOf(
    'unknown-port',
    '{"readings":[{"port":-1,"value":1}]}',
    '{"readings":[{"port":1.5,"value":1}]}',
    '{"readings":[{"port":1e300,"value":1}]}',
    '{"readings":[{"port":4294967297,"value":1}]}',
    '{"readings":[{"port":1e999,"value":1}]}',
  ),
  (random, nowMs) => text('ts-in-future', withTs(`"${iso(nowMs + random.between(400, 1e9) * 1000)}"`)),
  (random, nowMs) => text('ts-too-old', withTs(`"${iso(nowMs - random.between(31, 15_000) * 86_400_000)}"`)),
  oneOf(
    'ts-invalid',
    withTs('"yesterday"'),
    withTs('12.5'),
    withTs('{}'),
    withTs('[]'),
    withTs('true'),
    withTs('1e999'),
    withTs('"2025-13-45T00:00:00Z"'),
    withTs('""'),
    withTs('"2025-01-01"'),
  ),
  (random) => text('wrong-shape', nested(random.between(100, 30_000), '[', ']')),
  (random) => text('wrong-shape', nested(random.between(100, 10_000), '{"a":', '}')),
  (random) => text('wrong-shape', `{"readings":[${nested(random.between(100, 30_000), '[', ']')}]}`),
  (random, nowMs) => {
    const ts = iso(nowMs)
    const value = random.between(0, 1e6)
    const good = `{"ts":"${ts}","port":1,"value":${value}}`
    const bad = '{"port":777,"value":1},{"port":1,"value":"x"},{"port":778,"value":1}'
    return {
      bytes: Buffer.from(`{"readings":[${bad},${good}]}`),
      reasons: ['unknown-port', 'wrong-shape'],
      good: [{ ts, value }],
    }
  },
]

/** One of many kinds; a few in a thousand are up to about 1 MB. Good readings among it are from `nowMs`. */
export function hostilePayload(random: Random, nowMs: number): HostilePayload {
  if (random.next() < 0.005) {
    return {
      bytes: Buffer.alloc(random.between(65_537, 1_000_000), random.between(32, 126)),
      reasons: ['too-large'],
    }
  }
  return random.pick(makers)(random, nowMs)
}

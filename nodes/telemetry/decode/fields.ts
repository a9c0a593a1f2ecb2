import type { FieldsDecode } from '../../devices/class-decode.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import { utf8Text } from '../../platform/kit/bytes.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import type { DeviceReport } from '../../devices/device-report.ts'
import { newReading, type Reading, type Uplink } from '../reading.ts'
import { describe, parseTimestamp, type TimeWindow } from '../timestamp.ts'
import type { Fault } from './fault.ts'
import { type PathReader, readerOf } from './path-reader.ts'

interface Plan {
  readonly findTime: PathReader
  readonly fields: readonly { readonly path: string; readonly port: number; readonly find: PathReader }[]
}

const plans = new WeakMap<FieldsDecode, Plan>()

/** A changed class has a new decode. */
function planOf(decode: FieldsDecode): Plan {
  const known = plans.get(decode)
  if (known !== undefined) return known
  const fields = decode.fields.flatMap(({ path, port }) =>
    typeof port === 'number' ? [{ path, port, find: readerOf(path) }] : [],
  )
  const plan = { findTime: readerOf(decode.time.path), fields }
  plans.set(decode, plan)
  return plan
}

/** A JSON object whose paths map to ports. A field that is absent or null is simply not measured this time. */
export function decodeFields(
  into: Reading[],
  faults: Fault[],
  uplink: Uplink,
  value: unknown,
  record: DeviceRecord,
  decode: FieldsDecode,
  window: TimeWindow,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push({ reason: 'wrong-shape', detail: 'the payload is not a JSON object' })
    return
  }
  const { fields, findTime } = planOf(decode)
  const time = parseTimestamp(findTime(value), uplink, window)
  if (time.kind === 'bad') {
    faults.push({ reason: time.reason, detail: time.detail })
    return
  }
  let found = 0
  for (const { find, path, port } of fields) {
    const field = find(value)
    if (field === undefined) continue
    found += 1
    if (field === null) continue
    const raw = typeof field === 'boolean' ? Number(field) : field
    if (typeof raw !== 'number') {
      faults.push({ reason: 'wrong-shape', detail: `${path}: must be a number, not ${describe(field)}` })
    } else if (record.ports[port] === undefined) {
      faults.push({ reason: 'unknown-port', detail: `${path}: ${port} is not a port of this device` })
    } else if (!Number.isFinite(calibrate(raw, record.ports[port]))) {
      faults.push({ reason: 'not-finite', detail: `${path}: is not finite, or not once calibrated` })
    } else {
      into.push(newReading(uplink, port, time.ts, raw))
    }
  }
  if (found === 0 && reportedFields(value, record.deviceClass.reported) === undefined)
    faults.push({ reason: 'wrong-shape', detail: 'none of the fields of this device class is there' })
}

/**
 * The fields that the class keeps as reported state; undefined when the payload has none of them. Whole numbers that are
 * too large to be exact are given as the text that was sent, where the payload is at hand.
 */
export function reportedFields(
  value: unknown,
  paths: readonly string[],
  payload?: Uint8Array,
): DeviceReport['reported'] {
  const found: (readonly [string, Scalar])[] = []
  for (const path of paths) {
    const field = readerOf(path)(value)
    if (isScalar(field)) found.push([path, field])
  }
  if (found.length === 0) return undefined
  if (payload === undefined || !found.some(([, field]) => isInexact(field))) return Object.fromEntries(found)
  const exact = withExactNumbers(payload)
  return Object.fromEntries(
    found.map(([path, field]) => {
      const text = isInexact(field) ? readerOf(path)(exact) : field
      return [path, typeof text === 'string' ? text : field]
    }),
  )
}

const isInexact = (field: Scalar): boolean =>
  typeof field === 'number' && Number.isInteger(field) && !Number.isSafeInteger(field)

/** The payload with such numbers as text; undefined where it is not JSON as it is. */
function withExactNumbers(payload: Uint8Array): unknown {
  try {
    return parseWithSource(utf8Text(payload) ?? '')
  } catch {
    return undefined
  }
}

const parseWithSource = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)
      ? context?.source
      : value,
  )

type Scalar = string | number | boolean | null

const isScalar = (field: unknown): field is Scalar =>
  field === null || typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean'

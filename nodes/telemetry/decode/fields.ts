import type { Decode } from '../../devices/device-class.ts'
import type { DeviceRecord } from '../../devices/device.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import type { DeviceReport } from '../../devices/device-report.ts'
import { newReading, type Reading, type Uplink } from '../reading.ts'
import { describe, parseTimestamp, type TimeWindow } from '../timestamp.ts'
import type { Fault } from './fault.ts'
import { ownProperty } from './readings.ts'

type FieldsDecode = Extract<Decode, { shape: 'fields' }>

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
  const time = parseTimestamp(valueAt(value, decode.tsPath), uplink, window)
  if (time.kind === 'bad') {
    faults.push({ reason: time.reason, detail: time.detail })
    return
  }
  let found = 0
  for (const { path, port } of decode.fields) {
    const field = valueAt(value, path)
    if (field === undefined || field === null) continue
    found += 1
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
  if (found === 0)
    faults.push({ reason: 'wrong-shape', detail: 'none of the fields of this device class is there' })
}

/** The fields that the class keeps as reported state; undefined when the payload has none of them. */
export function reportedFields(value: unknown, paths: readonly string[]): DeviceReport['reported'] {
  if (paths.length === 0) return undefined
  const found = paths
    .map((path) => [path, valueAt(value, path)] as const)
    .filter((entry): entry is readonly [string, Scalar] => isScalar(entry[1]))
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

type Scalar = string | number | boolean | null

const isScalar = (field: unknown): field is Scalar =>
  field === null || ['string', 'number', 'boolean'].includes(typeof field)

/** The value at a dotted path. */
export function valueAt(value: unknown, path: string): unknown {
  if (!path.includes('.')) return ownProperty(value, path)
  return path.split('.').reduce(ownProperty, value)
}

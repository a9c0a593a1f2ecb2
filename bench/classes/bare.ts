/**
 * Fields as they were read when a class could say no more than paths and ports: what today's reader is measured beside.
 * Nothing here is shared with it, so that the measure does not move along with what it measures.
 */
import type { DeviceReport } from '../../nodes/devices/device-report.ts'
import type { DeviceRecord } from '../../nodes/devices/device.ts'
import { calibrate } from '../../nodes/telemetry/calibrate/calibrate.ts'
import type { Fault } from '../../nodes/telemetry/decode/fault.ts'
import { newReading, type Reading, type Uplink } from '../../nodes/telemetry/reading.ts'
import { describe, parseTimestamp, type TimeWindow } from '../../nodes/telemetry/timestamp.ts'

export interface BareDecode {
  readonly tsPath: string
  readonly fields: readonly { readonly path: string; readonly port: number }[]
}

export function decodeBareFields(
  into: Reading[],
  faults: Fault[],
  uplink: Uplink,
  value: unknown,
  record: DeviceRecord,
  decode: BareDecode,
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

export function bareReported(value: unknown, paths: readonly string[]): DeviceReport['reported'] {
  if (paths.length === 0) return undefined
  const found = paths
    .map((path) => [path, valueAt(value, path)] as const)
    .filter((entry): entry is readonly [string, Scalar] => isScalar(entry[1]))
  return found.length === 0 ? undefined : Object.fromEntries(found)
}

type Scalar = string | number | boolean | null

const isScalar = (field: unknown): field is Scalar =>
  field === null || ['string', 'number', 'boolean'].includes(typeof field)

function valueAt(value: unknown, path: string): unknown {
  if (!path.includes('.')) return ownProperty(value, path)
  return path.split('.').reduce(ownProperty, value)
}

function ownProperty(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

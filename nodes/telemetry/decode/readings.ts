import type { DeviceRecord } from '../../devices/device.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import { newReading, type Reading, type Uplink } from '../reading.ts'
import { describe, parseTimestamp, type TimeWindow } from '../timestamp.ts'
import type { Fault } from './fault.ts'

const maxReadings = 10_000

/** The shape `{"ts"?, "readings":[{"port","value","ts"?}]}`; a reading's own `ts` goes before the payload's. */
export function decodeReadings(
  into: Reading[],
  faults: Fault[],
  uplink: Uplink,
  value: unknown,
  record: DeviceRecord,
  window: TimeWindow,
): void {
  const given = ownProperty(value, 'readings')
  const list = record.deviceClass.telemetry[0]?.decode.shape === 'jsonata' ? listOf(given ?? value) : given
  if (!Array.isArray(list)) {
    faults.push({ reason: 'wrong-shape', detail: 'readings: must be an array' })
    return
  }
  if (list.length > maxReadings) {
    faults.push({ reason: 'wrong-shape', detail: `readings: more than ${maxReadings}` })
    return
  }
  const common = parseTimestamp(ownProperty(value, 'ts'), uplink, window)
  for (let index = 0; index < list.length; index += 1) {
    // Read as it is: parsed JSON inherits nothing by these names.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all of it may be missing, and nothing is believed of its values
    const item = list[index] as Partial<Record<'port' | 'value' | 'ts', unknown>> | null | undefined
    const port = item?.port
    const raw = item?.value
    const ownTs = item?.ts
    const time = ownTs === undefined ? common : parseTimestamp(ownTs, uplink, window)
    const settings = typeof port === 'number' ? record.ports[port] : undefined
    if (typeof port !== 'number' || typeof raw !== 'number') {
      faults.push({
        reason: 'wrong-shape',
        detail: `readings[${index}]: port and value must be numbers, not ${describe(item)}`,
      })
    } else if (settings === undefined) {
      faults.push({
        reason: 'unknown-port',
        detail: `readings[${index}].port: ${port} is not a port of this device`,
      })
    } else if (!Number.isFinite(calibrate(raw, settings))) {
      // Judged here, where the payload is at hand, for what calibration would make of it too.
      faults.push({
        reason: 'not-finite',
        detail: `readings[${index}].value: is not finite, or not once calibrated`,
      })
    } else if (time.kind === 'bad') {
      faults.push({
        reason: time.reason,
        detail: ownTs === undefined ? time.detail : `readings[${index}].${time.detail}`,
      })
    } else {
      into.push(newReading(uplink, port, time.ts, raw))
    }
  }
}

/** JSONata makes no difference between one and a list of one, and may give just the readings. */
const listOf = (given: unknown): unknown =>
  Array.isArray(given) || ownProperty(given, 'port') === undefined ? given : [given]

/** Only own properties: `__proto__` and friends in a payload are data, and inherited names read as absent. */
export function ownProperty(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

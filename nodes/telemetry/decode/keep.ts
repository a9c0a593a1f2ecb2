import type { DeviceRecord } from '../../devices/device.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import { newReading, type Reading, type Uplink } from '../reading.ts'
import { describe, type TimeWindow } from '../timestamp.ts'
import type { Fault } from './fault.ts'
import type { ReadTime } from './time-reader.ts'
import type { ValueReader } from './value-reader.ts'

export interface DecodeContext {
  readonly into: Reading[]
  readonly faults: Fault[]
  readonly uplink: Uplink
  readonly record: DeviceRecord
  readonly levels: Readonly<Record<string, string>>
  readonly window: TimeWindow
}

export interface Found {
  /** Where it was found, for a person. */
  readonly at: string
  readonly port: number
  readonly field: unknown
  readonly time: ReadTime
  readonly readValue: ValueReader
}

/** What was found becomes a reading, a fault, or nothing where there is no value. */
export function keep({ faults, into, record, uplink }: DecodeContext, found: Found): void {
  const { at, field, port, readValue, time } = found
  const raw = readValue(field)
  if (raw === undefined) return
  const settings = record.ports[port]
  if (raw === null)
    faults.push({ reason: 'wrong-shape', detail: `${at}: must be a number, not ${describe(field)}` })
  else if (settings === undefined)
    faults.push({ reason: 'unknown-port', detail: `${at}: ${port} is not a port of this device` })
  else if (!Number.isFinite(calibrate(raw, settings)))
    faults.push({ reason: 'not-finite', detail: `${at}: is not finite, or not once calibrated` })
  else if (time.kind === 'bad') faults.push({ reason: time.reason, detail: `${at}: ${time.detail}` })
  else into.push(newReading(uplink, port, time.ts, raw, time.isUnset))
}

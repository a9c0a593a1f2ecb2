import type { DeviceRecord } from '../../devices/device.ts'
import { calibrate } from '../calibrate/calibrate.ts'
import { newReading, type Reading, type Uplink } from '../reading.ts'
import { describe, type TimeWindow } from '../timestamp.ts'
import type { ChildMessage } from './child-message.ts'
import type { Fault } from './fault.ts'
import type { ReadTime } from './time-reader.ts'
import type { ValueReader } from './value-reader.ts'

export interface DecodeContext {
  readonly into: Reading[]
  readonly children: ChildMessage[]
  readonly faults: Fault[]
  readonly uplink: Uplink
  readonly record: DeviceRecord
  readonly levels: Readonly<Record<string, string>>
  readonly window: TimeWindow
}

/**
 * What was found becomes a reading, a fault, or nothing where there is no value.
 * @param inside with `path` where it was found, for a person
 */
export function keep(
  { faults, into, record, uplink }: DecodeContext,
  inside: string,
  path: string,
  port: number,
  field: unknown,
  time: ReadTime,
  readValue: ValueReader,
): void {
  const raw = readValue(field)
  if (raw === undefined) return
  const settings = record.ports[port]
  const told = (reason: Fault['reason'], what: string): void =>
    void faults.push({ reason, detail: `${inside}${path}: ${what}` })
  if (raw === null) told('wrong-shape', `must be a number, not ${describe(field)}`)
  else if (settings === undefined) told('unknown-port', `${port} is not a port of this device`)
  else if (!Number.isFinite(calibrate(raw, settings)))
    told('not-finite', 'is not finite, or not once calibrated')
  else if (time.kind === 'bad') told(time.reason, time.detail)
  else into.push(newReading(uplink, port, time.ts, raw, time.isUnset))
}

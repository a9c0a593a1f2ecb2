import type { ClassPort } from '../../devices/device-class.ts'
import type { CalibratedReading, Reading } from '../reading.ts'

/** `calibrated = raw × scaling + offset`; the raw value stays, so that history can be calibrated again. */
export function calibrate(reading: Reading, port: Pick<ClassPort, 'scaling' | 'offset'>): CalibratedReading {
  return {
    orgId: reading.orgId,
    deviceId: reading.deviceId,
    port: reading.port,
    ts: reading.ts,
    rawValue: reading.rawValue,
    ingestTs: reading.ingestTs,
    calibratedValue: reading.rawValue * port.scaling + port.offset,
  }
}

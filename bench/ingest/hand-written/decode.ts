import { parseIsoMs } from './iso-time.ts'
import type { Device, Port } from './registry.ts'

const windowBackMs = 30 * 24 * 3_600_000
const windowAheadMs = 5 * 60_000

export type RejectReason =
  | 'unknown-device'
  | 'not-json'
  | 'bad-shape'
  | 'bad-timestamp'
  | 'outside-window'
  | 'unknown-port'
  | 'not-a-number'

export interface ReadingSink {
  reading(port: Port, tsMs: number, raw: number): void
  /** `reading` is its place in the payload, -1 when the whole message is refused. */
  reject(message: number, reading: number, reason: RejectReason): void
}

/** Takes one payload apart: good readings and refusals both go to the sink, and one bad reading spares its neighbours. */
export function decodeMessage(
  device: Device | undefined,
  payload: string,
  message: number,
  receivedMs: number,
  sink: ReadingSink,
): void {
  if (device === undefined) return sink.reject(message, -1, 'unknown-device')
  let body: unknown
  try {
    body = JSON.parse(payload)
  } catch {
    return sink.reject(message, -1, 'not-json')
  }
  if (typeof body !== 'object' || body === null || !('readings' in body) || !Array.isArray(body.readings)) {
    return sink.reject(message, -1, 'bad-shape')
  }
  let tsMs = receivedMs
  if ('ts' in body && body.ts !== undefined) {
    tsMs = typeof body.ts === 'string' ? parseIsoMs(body.ts) : Number.NaN
    if (Number.isNaN(tsMs)) return sink.reject(message, -1, 'bad-timestamp')
    if (tsMs < receivedMs - windowBackMs || tsMs > receivedMs + windowAheadMs) {
      return sink.reject(message, -1, 'outside-window')
    }
  }
  const readings: readonly unknown[] = body.readings
  for (let index = 0; index < readings.length; index++) {
    const reading = readings[index]
    if (typeof reading !== 'object' || reading === null || !('port' in reading) || !('value' in reading)) {
      sink.reject(message, index, 'bad-shape')
      continue
    }
    const port = typeof reading.port === 'number' ? device.ports.get(reading.port) : undefined
    if (port === undefined) sink.reject(message, index, 'unknown-port')
    else if (typeof reading.value !== 'number' || !Number.isFinite(reading.value)) {
      sink.reject(message, index, 'not-a-number')
    } else sink.reading(port, tsMs, reading.value)
  }
}

import type { Entry, Route } from '../../../nodes/platform/stream/port.ts'

/**
 * An entry as consumers get it. The offset is made from the position when somebody asks: most never do. It is a
 * getter of the class, so a spread copy has none.
 */
export class LogEntry implements Entry {
  readonly route: Route
  readonly atMs: number
  readonly data: Uint8Array
  readonly position: number
  readonly deliveries: number

  constructor(route: Route, atMs: number, data: Uint8Array, position: number, deliveries: number) {
    this.route = route
    this.atMs = atMs
    this.data = data
    this.position = position
    this.deliveries = deliveries
  }

  get offset(): string {
    return String(this.position)
  }

  redelivered(deliveries: number): LogEntry {
    return new LogEntry(this.route, this.atMs, this.data, this.position, deliveries)
  }
}

/** Positions are sequence numbers, so that an offset is one written out. */
export function positionOf(offset: string): number {
  const position = /^\d{1,16}$/.test(offset) ? Number(offset) : Number.NaN
  if (!Number.isSafeInteger(position)) throw new RangeError(`not an offset of this stream: ${offset}`)
  return position
}

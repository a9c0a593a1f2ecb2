import type { Entry } from '../../platform/stream/port.ts'

/** The entry at this place of the stream, received so many milliseconds after the epoch. */
export const anEntry = (offset: number, deviceId = 'd1', orgId = 'acme'): Entry => ({
  offset: String(offset),
  route: { orgId, key: deviceId, type: `org/${orgId}/device/${deviceId}/telemetry` },
  atMs: offset,
  data: new Uint8Array([offset]),
  deliveries: 0,
})

/** Keys of series in MongoDB. */
import type { SeriesKey } from '../../../nodes/platform/series/port.ts'

const ESCAPE = '\u0001'

/** BSON text is UTF-8, which has no place for a lone surrogate: such ids are kept as JSON. */
export function encodeId(id: string): string {
  return id.isWellFormed() && !id.startsWith(ESCAPE) ? id : ESCAPE + JSON.stringify(id)
}

export function decodeId(text: string): string {
  if (!text.startsWith(ESCAPE)) return text
  const id: unknown = JSON.parse(text.slice(1))
  return String(id)
}

export function deviceKey(orgId: string, deviceId: string): string {
  return JSON.stringify([orgId, deviceId])
}

export function dayKey({ orgId, deviceId, port }: SeriesKey, day: number): string {
  return JSON.stringify([orgId, deviceId, port, day])
}

/** The condition that selects a device's readings, or one series'. */
export function ofDevice(
  orgId: string,
  deviceId: string,
  port?: number,
): { readonly [field: string]: string | number } {
  return {
    'meta.orgId': encodeId(orgId),
    'meta.deviceId': encodeId(deviceId),
    ...(port === undefined ? {} : { 'meta.port': port }),
  }
}

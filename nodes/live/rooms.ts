import type { WatchedRoom } from './watched.ts'

/** Where those are who watch a whole organization. */
export const allOf = (orgId: string): string => `org:${orgId}`
/** Where those are who watch this device. */
export const oneOf = (orgId: string, deviceId: string): string => `device:${orgId}:${deviceId}`

/** Where somebody's own connections are. */
export const personOf = (orgId: string, userId: string): string => `user:${orgId}:${userId}`

/** Who is told of what concerns this device, or no device. */
export const toldOf = (orgId: string, deviceId: string | undefined): string[] =>
  deviceId === undefined ? [allOf(orgId)] : [allOf(orgId), oneOf(orgId, deviceId)]

/** Undefined for a room that is a socket's own. */
export function roomOf(name: string): WatchedRoom | undefined {
  const [kind, orgId, ...rest] = name.split(':')
  if (orgId === undefined || (kind !== 'org' && kind !== 'device')) return undefined
  return { orgId, deviceId: kind === 'org' ? undefined : rest.join(':') }
}

import type { WatchedRoom } from './watched.ts'

/** An organization's events: all of them, or those of a name. */
export const scopeOf = (orgId: string, name?: string): string =>
  name === undefined ? orgId : `${orgId}/${name}`

/** Where those are who watch everything of a scope. */
export const allOf = (scope: string): string => `org:${scope}`
/** Where those are who watch this device. */
export const oneOf = (scope: string, deviceId: string): string => `device:${scope}:${deviceId}`

/** Who is told of an event of that name that concerns this device, or no device. */
export function toldOf(orgId: string, deviceId: string | undefined, name: string): string[] {
  const scopes = [orgId, scopeOf(orgId, name)]
  const all = scopes.map(allOf)
  return deviceId === undefined ? all : [...all, ...scopes.map((scope) => oneOf(scope, deviceId))]
}

/** Where somebody's own connections are. */
export const personOf = (orgId: string, userId: string): string => `user:${orgId}:${userId}`

/** Undefined for a room that is a socket's own. */
export function roomOf(room: string): WatchedRoom | undefined {
  const [kind, scope, ...rest] = room.split(':')
  if (scope === undefined || (kind !== 'org' && kind !== 'device')) return undefined
  return { scope, deviceId: kind === 'org' ? undefined : rest.join(':') }
}

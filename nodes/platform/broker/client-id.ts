/**
 * A device's client id is its device id, or that with a suffix after `/` (several connections of one device). No id has
 * a `/` in it, so no device can reach the session of another whose id begins like its own.
 */
export const isClientIdOf = (deviceId: string, clientId: string): boolean =>
  clientId === deviceId || clientId.startsWith(`${deviceId}/`)

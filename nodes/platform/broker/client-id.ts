/** A device's client id is its device id, or that with a suffix after `-` or `:` (several connections of one device). */
export function isClientIdOf(deviceId: string, clientId: string): boolean {
  if (!clientId.startsWith(deviceId)) return false
  const next = clientId.charAt(deviceId.length)
  return next === '' || next === '-' || next === ':'
}

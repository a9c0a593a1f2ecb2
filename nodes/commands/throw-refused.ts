/** What becomes of what a node asked for: a command, or an override. */
type Asked =
  | { readonly kind: 'issued' | 'done' }
  | { readonly kind: 'no-device' }
  | { readonly kind: 'held'; readonly message: string }
  | { readonly kind: 'wrong'; readonly path: string; readonly message: string }

/** @throws for a catch node, where it did not come to be */
export function throwRefused(asked: Asked, deviceId: string): void {
  if (asked.kind === 'no-device') throw new Error(`${deviceId} is not registered`)
  if (asked.kind === 'held') throw new Error(asked.message)
  if (asked.kind === 'wrong') throw new Error(`${asked.path}: ${asked.message}`)
}

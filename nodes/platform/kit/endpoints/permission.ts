/** `modules:<domain>:<resource>:<action>`; `*` in a segment of a granted permission matches any. */
export type Permission = `modules:${string}:${string}:${string}`

const segmentCount = 4

/** Whether one of the granted patterns covers the permission that an operation names. */
export function isGranted(granted: readonly string[], needed: Permission): boolean {
  return covers(granted, needed)
}

/** Whether whoever holds `granted` holds all of the others: one pattern of theirs has to cover each. */
export const coversAll = (granted: readonly string[], others: readonly string[]): boolean =>
  others.every((pattern) => covers(granted, pattern))

/** A `*` that is asked for is covered by a `*` only. */
function covers(granted: readonly string[], pattern: string): boolean {
  const wanted = pattern.split(':')
  return granted.some((each) => {
    const segments = each.split(':')
    return (
      segments.length === segmentCount &&
      segments.every((segment, index) => segment === '*' || segment === wanted[index])
    )
  })
}

/** `modules:<domain>:<resource>:<action>`; `*` in a segment of a granted permission matches any. */
export type Permission = `modules:${string}:${string}:${string}`

const segmentCount = 4

/** Whether one of the granted patterns covers the permission that an operation names. */
export function isGranted(granted: readonly string[], needed: Permission): boolean {
  const wanted = needed.split(':')
  return granted.some((pattern) => {
    const segments = pattern.split(':')
    return (
      segments.length === segmentCount &&
      segments.every((segment, index) => segment === '*' || segment === wanted[index])
    )
  })
}

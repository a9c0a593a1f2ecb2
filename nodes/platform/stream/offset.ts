/**
 * Orders two offsets of one stream: negative when `a` comes first. Offsets are decimal numbers, or several joined by
 * dashes (as in Redis Streams), too long for a JavaScript number to hold.
 */
export function compareOffsets(a: string, b: string): number {
  const left = a.split('-')
  const right = b.split('-')
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const order = compareDecimals(left[part] ?? '0', right[part] ?? '0')
    if (order !== 0) return order
  }
  return 0
}

function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}

const word = /[-+]?(?:nan|inf(?:inity)?)(?![A-Za-z0-9_])/iy

/** JSON text with `nan`, `inf` and their like outside of strings as null. */
export function withoutNan(text: string): string {
  let out = ''
  let from = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isInString) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) isInString = false
    } else if (code === 0x22) isInString = true
    else if (isBegin(code)) {
      word.lastIndex = at
      const found = word.exec(text)?.[0]
      if (found === undefined) continue
      out += `${text.slice(from, at)}null`
      from = at + found.length
      at = from - 1
    }
  }
  return from === 0 ? text : out + text.slice(from)
}

/** + - I N i n */
const isBegin = (code: number): boolean =>
  code === 0x2b || code === 0x2d || (code | 0x20) === 0x69 || (code | 0x20) === 0x6e

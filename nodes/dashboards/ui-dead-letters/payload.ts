export interface ReadPayload {
  /** As it was meant, JSON with its lines; undefined where the bytes are no text. */
  readonly text: string | undefined
  readonly hex: string
}

const perLine = 16
const mostHexBytes = 4096

/** What is in a dead letter, for a person. */
export function readPayload(base64: string): ReadPayload {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return { text: textOf(bytes), hex: hexDump(bytes.subarray(0, mostHexBytes)) }
}

function textOf(bytes: Uint8Array): string | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    // oxlint-disable-next-line no-control-regex -- what no person can read is shown as bytes
    return /[\0-\x08\x0E-\x1F]/.test(text) ? undefined : text
  }
}

/** Offset, sixteen bytes, and what of them can be read. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += perLine) {
    const part = [...bytes.subarray(at, at + perLine)]
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(perLine * 3 - 1)}  ${text}`)
  }
  return lines.join('\n')
}

const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

let minute = ''
let minuteMs = 0

/**
 * Unix time in ms of an ISO 8601 time with seconds and zone; NaN for anything else. Nearly all times of one moment share
 * their minute, so the common form `YYYY-MM-DDTHH:MM:SS.mmmZ` costs a comparison and five digits.
 */
export function parseIsoMs(text: string): number {
  if (text.length === 24 && text.endsWith('Z') && text.startsWith(minute) && minute !== '') {
    const seconds = digit(text, 17) * 10 + digit(text, 18)
    const millis = digit(text, 20) * 100 + digit(text, 21) * 10 + digit(text, 22)
    if (seconds < 60 && text.charCodeAt(19) === 46) return minuteMs + seconds * 1000 + millis
    return Number.NaN
  }
  if (!pattern.test(text)) return Number.NaN
  const ms = Date.parse(text)
  if (text.endsWith('Z') && !Number.isNaN(ms)) {
    // A copy: a slice would keep the whole batch that it was cut from alive.
    minute = Buffer.from(text.slice(0, 17), 'latin1').toString('latin1')
    minuteMs = Math.floor(ms / 60_000) * 60_000
  }
  return ms
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : Number.NaN
}

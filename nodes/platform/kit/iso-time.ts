/** Epoch milliseconds to ISO 8601 UTC. */
export const toIsoTime = (ms: number): string => new Date(ms).toISOString()

/** The same of a time that there may not be. */
export const toIsoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : toIsoTime(ms))

const minuteLength = '2025-09-06T12:00'.length
let knownMinute = ''
let knownMinuteMs = 0

/**
 * ISO 8601 to epoch milliseconds; NaN when it is not a time. A fleet's timestamps share their minute for a minute, so
 * that of the common form `2025-09-06T12:00:00.123Z` only the seconds need reading.
 */
export function parseIsoTime(text: string): number {
  const isCommonForm = (text.length === 24 || text.length === 20) && text.charCodeAt(text.length - 1) === 0x5a
  if (!isCommonForm) return parseAll(text)
  if (!text.startsWith(knownMinute) || knownMinute === '') {
    const ms = parseAll(text)
    // 24:00:00 is the end of a day, and no other second of that minute is a time.
    if (Number.isNaN(ms) || text.startsWith('24', 11)) return ms
    knownMinute = text.slice(0, minuteLength)
    knownMinuteMs = Math.floor(ms / 60_000) * 60_000
    return ms
  }
  const seconds = twoDigits(text, 17)
  if (text.charCodeAt(16) !== 0x3a || !(seconds < 60)) return Date.parse(text)
  if (text.length === 20) return knownMinuteMs + seconds * 1000
  const millis = digit(text, 20) * 100 + twoDigits(text, 21)
  return text.charCodeAt(19) === 0x2e && millis < 1000
    ? knownMinuteMs + seconds * 1000 + millis
    : Date.parse(text)
}

/** `Date.parse` takes 30 February for 2 March. */
function parseAll(text: string): number {
  const day = Number(text.slice(8, 10))
  return day <= 28 || day <= daysOfMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)))
    ? Date.parse(text)
    : Number.NaN
}

const daysOfMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - 0x30
  return value >= 0 && value <= 9 ? value : Number.NaN
}
const twoDigits = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

/** A time of day as the reader writes it: `08:00` is `8:00 AM` for some. */
export function formatClock(time: string, locale?: string): string {
  const atMs = Date.UTC(2024, 0, 1, Number(time.slice(0, 2)), Number(time.slice(3, 5)))
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: 'UTC' }).format(atMs)
}

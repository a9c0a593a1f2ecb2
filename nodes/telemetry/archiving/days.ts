/** UTC days, by where they begin, epoch milliseconds. */
export const dayMs = 86_400_000
export const startOfDay = (ms: number): number => Math.floor(ms / dayMs) * dayMs + 0
/** `2025-09-06` */
export const dayName = (startMs: number): string => new Date(startMs).toISOString().slice(0, 10)
export const dayStart = (day: string): number => Date.parse(`${day}T00:00:00.000Z`)

/** Epoch milliseconds to ISO 8601 UTC. */
export const toIsoTime = (ms: number): string => new Date(ms).toISOString()

/** ISO 8601 to epoch milliseconds; NaN when it is not a time. */
export const parseIsoTime = (text: string): number => Date.parse(text)

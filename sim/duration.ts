import { z } from 'zod'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

// The longest that a Node timer can wait.
const LONGEST_MS = 2 ** 31 - 1

const HINT = 'give a time with its unit, such as 500ms, 2s, 5m or 1h'

/** `2s`, `500ms`, `1.5m`, `1h`, in milliseconds; at least one. */
export const durationSchema = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, HINT)
  .transform((typed) => {
    const unit = typed.replace(/^[\d.]+/, '')
    return Math.round(Number.parseFloat(typed) * (UNIT_MS[unit] ?? Number.NaN))
  })
  .pipe(z.number().min(1, HINT).max(LONGEST_MS, 'at most 24 days'))

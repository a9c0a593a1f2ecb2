import { z } from 'zod'

/** What the process that makes the load is told. */
export const loadSchema = z.object({
  url: z.string(),
  /** One after the other, over and over. */
  calls: z.array(z.object({ path: z.string(), headers: z.record(z.string(), z.string()) })).min(1),
  rate: z.number(),
  seconds: z.number(),
})
export type LoadPlan = z.output<typeof loadSchema>

export const loadResultSchema = z.object({
  answered: z.int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  mostMs: z.number(),
  /** How often, by status or error. */
  wrong: z.record(z.string(), z.int()),
})
export type LoadResult = z.output<typeof loadResultSchema>

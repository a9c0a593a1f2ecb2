/** What one instance at a time does now and then: each duty is a document that says when it is due next. */
import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { CollectionSpec, Store } from '../../store/port.ts'
import { defineJob, dueAt, dueFields } from './job.ts'
import type { Jobs, RunningJob } from './jobs.ts'

const dutySchema = z.strictObject({
  id: z.string(),
  ...dueFields,
  /** When it was last done, epoch milliseconds. */
  doneAtMs: z.number().nullable(),
})
type DutyDocument = z.output<typeof dutySchema>

export const dutyCollection: CollectionSpec<DutyDocument> = {
  name: 'duties',
  audit: 'none',
  schema: dutySchema,
  indexes: [['dueAtMs']],
}

export interface Duty {
  /** Stays as it is for good. */
  readonly name: string
  /** When it is due after this instant, epoch milliseconds. What was slept through is made up for once. */
  nextMs(afterMs: number): number
  /** The very first time, on an installation that has never done it; {@link nextMs} by default. */
  firstMs?(nowMs: number): number
  /** Must bear being done twice. */
  run(signal: AbortSignal): Promise<unknown>
}

export const every =
  (periodMs: number): Duty['nextMs'] =>
  (afterMs) =>
    afterMs + periodMs

/** Each day at this time. */
export const dailyAt =
  (utc: { readonly hour: number; readonly minute: number }): Duty['nextMs'] =>
  (afterMs) => {
    const dayMs = 24 * 3_600_000
    const atMs = Math.floor(afterMs / dayMs) * dayMs + utc.hour * 3_600_000 + utc.minute * 60_000
    return atMs > afterMs ? atMs : atMs + dayMs
  }

export interface DutyParts {
  readonly jobs: Jobs
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
}

const leaseMs = 30_000
const retry = { firstMs: 1000, lastMs: 15 * 60_000 }

/** Begins with what is due; the result ends it. @throws StoreUnavailable */
export async function startDuties(
  { clock, jobs, store }: DutyParts,
  duties: readonly Duty[],
): Promise<RunningJob> {
  const byName = new Map(duties.map((duty) => [duty.name, duty]))
  const documents = store.platform(dutyCollection)
  for (const duty of duties) {
    const { name } = duty
    const nowMs = clock.nowMs()
    const dueAtMs = duty.nextMs(nowMs)
    const firstMs = duty.firstMs?.(nowMs) ?? dueAtMs
    const added = await documents.insert({ id: name, ...dueAt(firstMs), doneAtMs: null })
    // A period that has become shorter counts from now on.
    if (added.kind === 'duplicate') {
      const sooner = (due: number | null): number => Math.min(due ?? dueAtMs, dueAtMs)
      await documents.update(name, (stored) => ({ ...stored, dueAtMs: sooner(stored.dueAtMs) }))
    }
  }
  return jobs.start(
    defineJob<DutyDocument>({
      name: 'duties',
      collection: dutyCollection,
      of: 'platform',
      where: { id: { $in: [...byName.keys()] } },
      leaseMs,
      maxAtOnce: Math.max(1, byName.size),
      retry,
      async run({ document, signal }) {
        const duty = byName.get(document.id)
        await duty?.run(signal)
        const doneAtMs = clock.nowMs()
        return (current) => ({ ...current, doneAtMs, dueAtMs: duty?.nextMs(doneAtMs) ?? null })
      },
    }),
  )
}

import type { DueDocument } from '../platform/kit/jobs/job.ts'
import { movedTime } from '../platform/kit/jobs/reckoned.ts'
import type { Control, Override } from './control.ts'

/**
 * How long an override lasts is a duration, and so is when somebody looks again; until when a window is open is a time, and
 * stays. Pure.
 */
export const movedControl = <T extends Control & DueDocument>(control: T, byMs: number): T => ({
  ...control,
  dueAtMs: movedTime(control.dueAtMs, byMs),
  safety: movedOverride(control.safety, byMs),
  override: movedOverride(control.override, byMs),
})

function movedOverride(override: Override | null, byMs: number): Override | null {
  // One that has failed is told of for as long as it was to last.
  if (override?.status !== 'active' && override?.status !== 'failed') return override
  const wishes = override.wishes.map((wish) => ({ ...wish, untilMs: movedTime(wish.untilMs, byMs) }))
  return { ...override, endsAtMs: movedTime(override.endsAtMs, byMs), wishes }
}

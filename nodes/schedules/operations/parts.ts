import { z } from 'zod'
import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { actionSchema, windowShape } from '../schedule.ts'
import { defaultActions, type Saved, type WantedSchedule } from '../schedules.ts'

const actions = z.union([actionSchema.transform((one) => [one]), z.array(actionSchema).min(1).max(8)])

export const scheduleBody = z.strictObject({
  deviceId: z.string().min(1).max(64),
  ...windowShape,
  /** What is commanded when it opens and closes; on and off by default. */
  start: actions.optional(),
  end: actions.optional(),
  /** For the default start. */
  fanSpeed: z.int().min(1).max(5).optional(),
  isActive: z.boolean().default(true),
})

export function wantedOf({ end, fanSpeed, start, ...window }: z.output<typeof scheduleBody>): WantedSchedule {
  const usual = defaultActions(fanSpeed)
  return { ...window, start: start ?? [...usual.start], end: end ?? [...usual.end] }
}

export const noSuchSchedule = (): WholeOutcome => refuse(problem(404, 'no such schedule'))

export function refusalOf(saved: Exclude<Saved, { readonly kind: 'saved' }>): WholeOutcome {
  if (saved.kind === 'missing') return noSuchSchedule()
  if (saved.kind === 'no-device') return refuse(invalid('body.deviceId', 'there is no such device'))
  if (saved.kind === 'wrong') return refuse(invalid(`body.${saved.path}`, saved.message))
  return refuse(
    conflict('body.startTime', `is open at the same time as schedule ${saved.other} of this device`),
  )
}

import { z } from 'zod'
import { type OperationRequest, refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { userIdOf } from '../../platform/kit/endpoints/owner.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { languages } from '../channel.ts'
import type { Preferences } from '../personal.ts'

export const noticeSettingsView = z.object({
  language: z.enum(languages),
  isMailed: z.boolean(),
  /** Browsers that are told. */
  pushes: z.int(),
  /** What a browser subscribes with; null while Web Push is not set up. */
  pushKey: z.string().nullable(),
})

export const viewNoticeSettings = (
  { isMailed, language, pushes }: Preferences,
  pushKey: string | undefined,
): z.output<typeof noticeSettingsView> => ({
  language,
  isMailed,
  pushes: pushes.length,
  pushKey: pushKey ?? null,
})

/** Runs it for the user who calls; programs have no notices of their own. */
export function forUser(
  request: Pick<OperationRequest<unknown, unknown, unknown>, 'principal'>,
  run: (userId: string) => Promise<WholeOutcome>,
): Promise<WholeOutcome> {
  const userId = userIdOf(request)
  return userId === undefined
    ? Promise.resolve(refuse(problem(403, 'only users have notices of their own')))
    : run(userId)
}

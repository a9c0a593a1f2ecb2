import { z } from 'zod'
import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import type { Filter } from '../../platform/store/port.ts'

export const noSuchWallet = (): WholeOutcome => refuse(problem(404, 'no such user'))

export const noSuchPurchase = (): WholeOutcome => refuse(problem(404, 'no such purchase'))

const instant = z.iso.datetime({ offset: true })
export const spanQuery = { from: instant.optional(), to: instant.optional() }

/** When it was posted: from inclusive, to exclusive. */
export const spanFilter = ({
  from,
  to,
}: {
  readonly from?: string | undefined
  readonly to?: string | undefined
}): Filter => ({
  atMs: {
    $gte: from === undefined ? 0 : parseIsoTime(from),
    $lt: to === undefined ? Number.MAX_SAFE_INTEGER : parseIsoTime(to),
  },
})

export const creditsSchema = z.int().min(1).max(1_000_000_000)
export const reasonSchema = z.string().trim().min(1).max(500)

import type { Figure } from '../platform/metrics.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import { purchaseCollection } from './purchase.ts'
import { reconciliationCollection } from './reconciliation.ts'
import { walletCollection } from './wallet.ts'
import { heldOf } from './wallet-decider.ts'

export interface MoneyFigureParts extends Pick<Platform, 'clock' | 'store'> {
  readonly organizationIds: () => AsyncIterable<string>
}

interface Standing {
  readonly pending: number
  readonly held: number
  readonly differences: number
}

/** It takes a look at every wallet: more often than this a scrape is told what was found last. */
const keptMs = 60_000
/** Days whose reconciliation still concerns somebody. */
const watchedMs = 7 * 86_400_000

/** Money that waits for something, over all organizations: asked for when Prometheus scrapes. */
export function moneyFigures(parts: MoneyFigureParts): readonly Figure[] {
  let known: { readonly atMs: number; readonly standing: Promise<Standing> } | undefined
  const standing = (): Promise<Standing> => {
    const nowMs = parts.clock.nowMs()
    if (known === undefined || Math.abs(nowMs - known.atMs) >= keptMs) {
      const asked = { atMs: nowMs, standing: standingOf(parts, nowMs) }
      known = asked
      // An engine that was away is asked again with the next scrape.
      asked.standing.catch(() => {
        if (known === asked) known = undefined
      })
    }
    return known.standing
  }
  const figure = (name: string, help: string, of: (found: Standing) => number): Figure => ({
    name,
    help,
    read: async () => of(await standing()),
  })
  return [
    figure('fleetloom_purchases_pending', 'Purchases that are not paid yet', ({ pending }) => pending),
    figure('fleetloom_credits_held', 'Credits set aside for bookings under way', ({ held }) => held),
    figure(
      'fleetloom_reconciliation_differences',
      'Differences from the providers of payments, in the reconciliations of the last seven days',
      ({ differences }) => differences,
    ),
  ]
}

async function standingOf({ organizationIds, store }: MoneyFigureParts, nowMs: number): Promise<Standing> {
  const since = toIsoTime(nowMs - watchedMs).slice(0, 10)
  let [pending, held, differences] = [0, 0, 0]
  for await (const orgId of organizationIds()) {
    const organization = store.organization(orgId)
    pending += await organization.collection(purchaseCollection).count({ status: 'pending' })
    for await (const { document } of everyDocument(organization.collection(walletCollection), {}))
      held += heldOf(document)
    const recent = organization.collection(reconciliationCollection)
    for await (const { document } of everyDocument(recent, { date: { $gte: since } }))
      differences += document.differences.length
  }
  return { pending, held, differences }
}

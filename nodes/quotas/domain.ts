import { defineDomain, type StartedDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { repeat } from '../platform/kit/repeat.ts'
import { QuotaBook } from './quota-book.ts'

/** What no event tells is seen within so long. */
const lookEveryMs = 5000

export type QuotasInForce = Pick<
  QuotaBook,
  'callWaitSeconds' | 'counts' | 'limitsMessages' | 'messages' | 'of' | 'set'
>

/** What each organization may use. */
export const domain = defineDomain({
  id: 'quotas',
  needs: kit('bus', 'clock', 'log', 'store'),
  async start({ bus, clock, log, store }): Promise<StartedDomain<QuotasInForce>> {
    const book = new QuotaBook({ bus, clock, store })
    await book.load()
    const failed = (error: unknown): void =>
      log.warn({ err: error }, 'quotas could not be read; it is tried again')
    const ends = [book.follow(failed), repeat(clock, lookEveryMs, () => void book.load().catch(failed))]
    return {
      service: book,
      figures: [
        {
          kind: 'counter',
          name: 'fleetloom_quota_calls_refused_total',
          help: 'API calls refused because their organization was over its quota',
          read: () => book.counts.calls,
        },
        {
          kind: 'counter',
          name: 'fleetloom_quota_messages_held_total',
          help: 'Device messages held up because their organization was over its quota',
          read: () => book.counts.messages,
        },
      ],
      stop() {
        for (const end of ends) end()
      },
    }
  },
})

import { defineDomain, type StartedDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { repeat } from '../platform/kit/repeat.ts'
import { organizationIds } from '../identity/organization.ts'
import { QuotaBook } from './quota-book.ts'
import { Storage, storageCollection } from './storage.ts'

/** What no event tells is seen within so long. */
const lookEveryMs = 5000
/** Over its quota for so long, an organization goes on at its rate: minutes of that are little beside what it may hold. */
const measureEveryMs = 10 * 60_000

export type QuotasInForce = Pick<
  QuotaBook,
  'callWaitSeconds' | 'counts' | 'isFull' | 'limitsMessages' | 'messages' | 'of' | 'set'
> & { readonly storage: Pick<Storage, 'measure' | 'of'> }

/** What each organization may use. */
export const domain = defineDomain({
  id: 'quotas',
  needs: kit('archive', 'bus', 'clock', 'log', 'relay', 'series', 'store'),
  async start({ archive, bus, clock, log, relay, series, store }): Promise<StartedDomain<QuotasInForce>> {
    const book = new QuotaBook({ bus, clock, store })
    await book.load()
    const storage = new Storage({
      archive,
      clock,
      log,
      relay,
      series,
      store,
      limitBytesOf: (orgId) => book.of(orgId).storageBytes,
      changed: (orgId) => book.changed(orgId),
    })
    const failed = (error: unknown): void =>
      log.warn({ err: error }, 'quotas could not be read; it is tried again')
    const ends = [book.follow(failed), repeat(clock, lookEveryMs, () => void book.load().catch(failed))]
    return {
      service: Object.assign(book, { storage }),
      relays: [storageCollection],
      duties: [
        {
          name: 'measuring storage',
          nextMs: every(measureEveryMs),
          run: (signal) => storage.measureAll(organizationIds(store), signal),
        },
      ],
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
        {
          kind: 'counter',
          name: 'fleetloom_quota_messages_refused_total',
          help: 'Device messages refused because too many of their organization were held up',
          read: () => book.counts.refused,
        },
        {
          name: 'fleetloom_quota_storage_full',
          help: 'Organizations that hold more than they may, and send nothing until they hold less',
          read: () => book.fullOrganizations,
        },
      ],
      stop() {
        for (const end of ends) end()
      },
    }
  },
})

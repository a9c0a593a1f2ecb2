import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { Ledger } from './ledger.ts'

export interface Billing {
  readonly ledger: Ledger
}

export const domain = defineDomain({
  id: 'billing',
  needs: kit('clock', 'store'),
  start(needed) {
    const ledger = new Ledger(needed)
    return { service: { ledger } satisfies Billing, jobs: [ledger.job] }
  },
})

import { beforeEach, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import {
  type Charge,
  type PaymentProvider,
  type ProviderKey,
  ProviderUnavailable,
} from '../platform/payments/port.ts'
import { Ledger } from './ledger.ts'
import { purchaseCollection, type PurchaseDocument } from './purchase.ts'
import { Reconciling } from './reconciling.ts'

const day = Date.UTC(2026, 2, 2)
const dayMs = 86_400_000
const price = { amountMinor: 2000, currency: 'BRL' }
const instances = useInstances(day + dayMs)
let instance: ReturnType<typeof instances.open>
beforeEach(() => {
  instance = instances.open('a')
})

async function given(id: string, changes: Partial<PurchaseDocument> = {}): Promise<void> {
  const purchase: PurchaseDocument = {
    id,
    userId: 'ada',
    packageKey: 'small',
    credits: 10,
    price,
    provider: 'stripe',
    returnUrl: 'http://127.0.0.1:9',
    status: 'pending',
    checkout: { id: `cs-${id}`, redirectUrl: 'http://127.0.0.1:9' },
    refund: null,
    mispaid: null,
    createdAtMs: day + 1000,
    paidAtMs: null,
    dueAtMs: null,
    failures: 0,
    eventSeq: 0,
    pendingEvents: [],
    pendingSinceMs: null,
    ...changes,
  }
  await instance.store.organization('acme').collection(purchaseCollection).insert(purchase)
}
const charge = (purchaseId: string, changes: Partial<Charge> = {}): Charge => ({
  id: `cs-${purchaseId}`,
  reference: `acme/${purchaseId}`,
  status: 'pending',
  price,
  ...changes,
})

/** One whose charges are these; that has a list of them, or has to be asked for each. */
async function differences(lists: boolean, ...charges: readonly Charge[]) {
  const provider: Pick<PaymentProvider, 'charge' | 'chargesBetween'> = {
    charge: (id) => Promise.resolve(charges.find((each) => each.id === id)),
    chargesBetween: () => Promise.resolve(lists ? charges : undefined),
  }
  const reconciling = new Reconciling({
    ...instance,
    ledger: new Ledger(instance),
    providers: new Map([['stripe', provider]]),
  })
  const [done] = await reconciling.run('acme', '2026-03-02', day)
  return done?.differences
}

test.each([true, false])('what was paid in another amount is named (with a list: %s)', async (lists) => {
  const paid = { amountMinor: 1999, currency: 'BRL' }
  await given('p1', { status: 'failed', mispaid: paid })
  await given('p2')
  expect(await differences(lists, charge('p1', { status: 'paid', price: paid }), charge('p2'))).toEqual([
    { purchaseId: 'p1', kind: 'amount', here: '2000 BRL', there: '1999 BRL' },
    { purchaseId: 'p1', kind: 'status', here: 'failed', there: 'paid' },
  ])
})

test.each([true, false])('what the provider does not have is named (with a list: %s)', async (lists) => {
  await given('p1')
  expect(await differences(lists)).toMatchObject([{ purchaseId: 'p1', kind: 'missing-there' }])
})

test('around midnight one may be of the one day here and of the other there', async () => {
  await given('p1', { createdAtMs: day - 100 })
  expect(await differences(true, charge('p1'), charge('p3'))).toMatchObject([
    { purchaseId: 'p3', kind: 'missing-here' },
  ])
})

test('charges of other organizations are none of ours', async () => {
  expect(await differences(true, charge('p1', { reference: 'other/p1' }))).toEqual([])
})

test('a night makes up for days that were missed, and looks again at what differed', async () => {
  await given('p1', { createdAtMs: day - dayMs })
  await given('p2', { status: 'paid' })
  let [asked, isAway] = [0, true]
  const charges = [charge('p1'), charge('p2', { status: 'refunded' })]
  const provider: Pick<PaymentProvider, 'charge' | 'chargesBetween'> = {
    charge: (id) => Promise.resolve(charges.find((each) => each.id === id)),
    chargesBetween() {
      asked += 1
      return isAway ? Promise.reject(new ProviderUnavailable('away')) : Promise.resolve(undefined)
    },
  }
  const reconciling = new Reconciling({
    ...instance,
    ledger: new Ledger(instance),
    providers: new Map<ProviderKey, typeof provider>([
      ['pagbank', { ...provider, chargesBetween: () => Promise.resolve([]) }],
      ['stripe', provider],
    ]),
  })
  const known = async () =>
    (await reconciling.list('acme', { limit: 50 })).items.map(
      ({ document: { date, differences: found, provider: key } }) => `${key} ${date} ${found.length}`,
    )
  await expect(reconciling.catchUp('acme')).rejects.toThrow('away')
  expect((await known()).filter((text) => text.startsWith('pagbank'))).toHaveLength(7)
  expect(await known()).toHaveLength(7)
  isAway = false
  await reconciling.catchUp('acme')
  expect((await known()).filter((text) => !text.endsWith(' 0'))).toEqual(['stripe 2026-03-02 2'])
  expect(await known()).toHaveLength(14)
  // What was right is not asked for again.
  asked = 0
  charges.splice(1, 1, charge('p2', { status: 'paid' }))
  await instance.store
    .organization('acme')
    .collection(purchaseCollection)
    .update('p2', (purchase) => ({ ...purchase, status: 'paid' }))
  await reconciling.catchUp('acme')
  expect(asked).toBe(1)
  expect((await known()).filter((text) => !text.endsWith(' 0'))).toEqual(['stripe 2026-03-02 1'])
})

test('a day that somebody compared before it was over is compared again in its night', async () => {
  instances.clock.turnTo(day + dayMs / 2)
  const provider: Pick<PaymentProvider, 'charge' | 'chargesBetween'> = {
    charge: () => Promise.resolve(undefined),
    chargesBetween: () => Promise.resolve([]),
  }
  const reconciling = new Reconciling({
    ...instance,
    ledger: new Ledger(instance),
    providers: new Map([['stripe', provider]]),
  })
  expect(await reconciling.run('acme', '2026-03-02', day)).toMatchObject([{ differences: [] }])
  await given('p1', { createdAtMs: day + (dayMs * 3) / 4 })
  instances.clock.turnTo(day + dayMs + 3 * 3_600_000)
  await reconciling.catchUp('acme')
  const { items } = await reconciling.list('acme', { limit: 1 })
  expect(items[0]?.document).toMatchObject({
    date: '2026-03-02',
    differences: [{ purchaseId: 'p1', kind: 'missing-there' }],
  })
})

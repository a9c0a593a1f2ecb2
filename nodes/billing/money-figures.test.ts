import { expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { Ledger } from './ledger.ts'
import { moneyFigures } from './money-figures.ts'
import { reconciliationCollection } from './reconciliation.ts'

const nowMs = Date.UTC(2026, 2, 10)
const instances = useInstances(nowMs)

test('held credits and differences are summed over organizations, and looked at once a minute', async () => {
  const instance = instances.open('a')
  const ledger = new Ledger(instance)
  const hold = async (orgId: string, credits: number): Promise<void> => {
    const grant = { type: 'Grant', id: `g${orgId}`, credits: 20, reason: 'x' } as const
    await ledger.post(orgId, 'ada', grant, 'test')
    await ledger.post(orgId, 'ada', { type: 'Hold', id: `b${credits}`, credits, podId: 'p' }, 'ada')
  }
  const reconciled = (date: string) =>
    instance.store
      .organization('acme')
      .collection(reconciliationCollection)
      .insert({
        id: `stripe/${date}`,
        date,
        provider: 'stripe',
        atMs: nowMs,
        charges: 0,
        purchases: 1,
        differences: [{ purchaseId: 'p', kind: 'missing-there', here: 'paid', there: null }],
      })
  await hold('acme', 4)
  await hold('other', 3)
  await reconciled('2026-03-09')
  await reconciled('2026-03-01')
  async function* organizationIds(): AsyncGenerator<string> {
    yield* ['acme', 'other']
  }
  const figures = moneyFigures({ ...instance, organizationIds })
  const read = () => Promise.all(figures.map(async (figure) => figure.read()))
  expect(await read()).toEqual([0, 7, 1])
  await hold('acme', 5)
  expect(await read()).toEqual([0, 7, 1])
  instances.clock.turnTo(nowMs + 60_000)
  expect(await read()).toEqual([0, 12, 1])
})

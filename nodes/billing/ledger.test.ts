import { expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { creditsOf } from './ledger-transaction.ts'
import { Ledger } from './ledger.ts'
import { transactionCollection } from './ledger-transaction.ts'
import { walletCollection } from './wallet.ts'

const world = useInstances(Date.UTC(2026, 2, 1, 12))
const grant = (id: string, credits: number) => ({ type: 'Grant', id, credits, reason: 'welcome' }) as const

test('of many at once that want the same credits as many get them as there are', async () => {
  const ledger = new Ledger(world.open('a'))
  const other = new Ledger(world.open('b'))
  await ledger.post('acme', 'ada', grant('g', 50), 'admin')
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      (n % 2 === 0 ? ledger : other).post(
        'acme',
        'ada',
        { type: 'Hold', id: `b${n}`, credits: 5, podId: 'p1' },
        'ada',
      ),
    ),
  )
  expect(outcomes.filter((outcome) => outcome.kind === 'posted')).toHaveLength(10)
  expect(await ledger.wallet('acme', 'ada')).toMatchObject({ balance: 50 })
  expect((await ledger.trialBalance('acme')).reduce((sum, { balance }) => sum + balance, 0)).toBe(0)
})

test('a command that comes a hundred times counts once, its own or another instance having done it', async () => {
  const [a, b] = [new Ledger(world.open('a')), new Ledger(world.open('b'))]
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? a : b).post('acme', 'ada', grant('g', 5), 'admin')),
  )
  expect(outcomes.filter((outcome) => outcome.kind === 'posted' && !outcome.isRepeat)).toHaveLength(1)
  expect(await a.wallet('acme', 'ada')).toMatchObject({ balance: 5 })
  const { items } = await a.entries('acme', { userId: 'ada' }, { limit: 10 })
  expect(items.map(({ document }) => creditsOf(document))).toEqual([5])
})

test('what was written with the wallet and not sealed is sealed by a job, and counts once all the same', async () => {
  const instance = world.open('a')
  const ledger = new Ledger(instance)
  await ledger.post('acme', 'ada', grant('g', 5), 'admin')
  const organization = world.store.organization('acme')
  // As a process leaves it that died between the two writes.
  const sealed = await organization.collection(transactionCollection).get('grant/g')
  await organization.collection(transactionCollection).remove('grant/g')
  await organization.collection(walletCollection).update('ada', (wallet) => ({
    ...wallet,
    unsealed: sealed === undefined ? [] : [sealed.document],
    dueAtMs: world.clock.nowMs() + 2000,
  }))
  expect(await ledger.post('acme', 'ada', grant('g', 5), 'admin')).toMatchObject({ isRepeat: true })
  instance.jobs.start(ledger.job)
  await world.clock.pass(5000)
  expect(await ledger.transaction('acme', 'grant/g')).toEqual(sealed?.document)
  expect(await organization.collection(walletCollection).get('ada')).toMatchObject({
    document: { balance: 5, unsealed: [], dueAtMs: null },
  })
})

test('organizations have wallets of their own', async () => {
  const ledger = new Ledger(world.open('a'))
  await ledger.post('acme', 'ada', grant('g', 5), 'admin')
  expect(await ledger.wallet('other', 'ada')).toMatchObject({ balance: 0 })
  expect(await ledger.trialBalance('other')).toEqual([])
})

import { expect, test } from 'vitest'
import { callOperation } from '../../http/call-operation.fixture.ts'
import type { Principal } from '../../platform/kit/endpoints/principal.ts'
import { useInstances } from '../../platform/kit/jobs/instances.fixture.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import { permissionsOf } from '../../identity/roles.ts'
import { Ledger } from '../ledger.ts'
import { operation as getTrialBalance } from './get-trial-balance.ts'
import { operation as getWalletOf } from './get-wallet-of.ts'
import { operation as getWallet } from './get-wallet.ts'
import { operation as grantCredits } from './grant-credits.ts'
import { operation as listLedgerEntries } from './list-ledger-entries.ts'
import { operation as listWalletEntries } from './list-wallet-entries.ts'

const world = useInstances(Date.UTC(2026, 2, 1, 12))
const users: Readonly<Record<string, string>> = { ada: 'acme', bob: 'acme', eve: 'other' }
const identity = {
  user: async (id: string) => (users[id] === undefined ? undefined : { id, orgId: users[id] }),
}
const as = (userId: string, role: string): Principal => ({
  kind: 'user',
  userId,
  email: '',
  role,
  permissions: permissionsOf(role),
  orgId: 'acme',
  by: 'token',
  signInId: 's',
})
const needed = (): object => {
  const instance = world.open('a')
  return { ...instance, secrets: nodeSecrets, identity, billing: { ledger: new Ledger(instance) } }
}
const grant = (credits: number, idempotencyKey: string, id = 'ada') => ({
  params: { id },
  body: { credits, reason: 'welcome' },
  principal: as('root', 'org-admin'),
  idempotencyKey,
})

test('a grant under one key is one grant, and its answer is the same', async () => {
  const parts = needed()
  const first = await callOperation(grantCredits, parts, grant(50, 'k1'))
  const again = await callOperation(grantCredits, parts, grant(50, 'k1'))
  expect(first).toMatchObject({ status: 201, body: { wallet: { userId: 'ada', balance: 50, held: 0 } } })
  expect(again).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } })
  expect(await callOperation(grantCredits, parts, grant(60, 'k1'))).toMatchObject({ status: 422 })
  expect(await callOperation(getWallet, parts, { principal: as('ada', 'member') })).toMatchObject({
    body: { balance: 50 },
  })
})

test('a hundred requests with one key at the same moment have one effect', async () => {
  const parts = needed()
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => callOperation(grantCredits, parts, grant(5, 'k1'))),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(await callOperation(getWallet, parts, { principal: as('ada', 'member') })).toMatchObject({
    body: { balance: 5 },
  })
})

test('the key of another organization or a day before is another key', async () => {
  const parts = needed()
  await callOperation(grantCredits, parts, grant(5, 'k1'))
  expect(
    await callOperation(grantCredits, parts, { ...grant(7, 'k1', 'eve'), orgId: 'other' }),
  ).toMatchObject({ status: 201 })
  await world.clock.pass(24 * 3_600_000)
  expect(await callOperation(grantCredits, parts, grant(6, 'k1'))).toMatchObject({
    status: 201,
    body: { wallet: { balance: 11 } },
  })
})

test.each([0, -5, 1.5, 1e21, '5', null])('%j credits are refused, and nothing is posted', async (credits) => {
  const parts = needed()
  const call = { ...grant(1, 'k'), body: { credits, reason: 'x' } }
  expect(await callOperation(grantCredits, parts, call)).toMatchObject({ status: 400 })
  expect(await callOperation(getTrialBalance, parts)).toMatchObject({ body: { accounts: [], sum: 0 } })
})

test('a user of another organization is missing, like one that never was', async () => {
  const parts = needed()
  const foreign = await callOperation(grantCredits, parts, grant(5, 'k1', 'eve'))
  const missing = await callOperation(grantCredits, parts, grant(5, 'k2', 'nobody'))
  expect(foreign).toMatchObject({ status: 404 })
  expect(foreign.body).toEqual(missing.body)
})

test('members see their own wallet, operators those of their organization', async () => {
  const parts = needed()
  await callOperation(grantCredits, parts, grant(5, 'k1'))
  const ask = (id: string, principal: Principal) =>
    callOperation(getWalletOf, parts, { params: { id }, principal })
  expect(await ask('ada', as('bob', 'member'))).toMatchObject({ status: 404 })
  expect(await ask('ada', as('ada', 'member'))).toMatchObject({ status: 200, body: { balance: 5 } })
  expect(await ask('ada', as('bob', 'operator'))).toMatchObject({ status: 200, body: { balance: 5 } })
  expect(await ask('eve', as('bob', 'operator'))).toMatchObject({ status: 404 })
})

test('entries say what moved a wallet, and the ledger what it moved from', async () => {
  const parts = needed()
  await callOperation(grantCredits, parts, grant(5, 'k1'))
  expect(await callOperation(listWalletEntries, parts, { principal: as('ada', 'member') })).toMatchObject({
    body: { items: [{ credits: 5, source: { kind: 'grant' } }] },
  })
  const query = { account: 'wallet/ada' }
  expect(await callOperation(listLedgerEntries, parts, { query })).toMatchObject({
    body: {
      items: [
        {
          lines: [
            { account: 'promotions', amount: -5 },
            { account: 'wallet/ada', amount: 5 },
          ],
        },
      ],
    },
  })
  expect(await callOperation(getTrialBalance, parts)).toMatchObject({ body: { sum: 0 } })
})

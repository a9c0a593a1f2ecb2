import { expect, test } from 'vitest'
import { startDemoPayments } from './payments.ts'
import { readSettings } from '../settings/env.ts'
import { openPayments } from '../settings/open-payments.ts'

const price = { amountMinor: 2000, currency: 'BRL' }

test('credits can be bought out of the box', async () => {
  const settings = readSettings({})
  await using demo = await startDemoPayments(settings)
  if (demo === undefined) throw new Error('there is no demo of payments')
  const sandbox = openPayments({ ...settings, ...demo.settings }, 'http://127.0.0.1:9').get('sandbox')
  const checkout = await sandbox?.openCheckout({
    reference: 'demo/p1',
    price,
    description: '10 credits',
    returnUrl: 'http://127.0.0.1:9/app',
  })
  const page = await (await fetch(checkout?.redirectUrl ?? '')).text()
  expect(page).toContain('<button name="action" value="pay">pay</button>')
  expect(page).toContain('<button name="action" value="decline">decline</button>')
  await fetch(checkout?.redirectUrl ?? '', {
    method: 'POST',
    body: new URLSearchParams({ action: 'pay' }),
    redirect: 'manual',
  })
  expect(await sandbox?.charge(checkout?.id ?? '')).toMatchObject({ status: 'paid', price })
})

test.each([
  { DEMO: 'off' },
  { PUBLIC_URL: 'https://pods.example' },
  { STRIPE_SECRET_KEY: 'sk_live_12345', STRIPE_WEBHOOK_SECRET: 'whsec_12345' },
  { PAGBANK_TOKEN: 'token-12345' },
  { PAYMENTS_SANDBOX_URL: 'http://127.0.0.1:4010', PAYMENTS_SANDBOX_SECRET: 'shared-42' },
])('not with %j: nobody pays with nothing there', async (environment) => {
  expect(await startDemoPayments(readSettings(environment))).toBeUndefined()
})

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pushKeys } from '../nodes/notifications/push-keys.fixture.ts'
import { startPayments } from '../sim/payments/server.ts'
import { accessibilityFaults } from './harness/axe.ts'
import {
  browserPath,
  fillSignIn,
  isBrowserMissing,
  launchBrowser,
  openPage,
  picture,
  type Watched,
} from './harness/browser.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const email = 'ada@demo.example'
const password = 'sleeps-in-a-pod-42'
const users = z.object({ items: z.array(z.object({ id: z.string(), email: z.string() })) })
const subscriptions = z.object({ items: z.array(z.object({ host: z.string() })) })
const wallet = z.object({ balance: z.int() })
const secret = 'of-the-sandbox-42'
const sandbox = await startPayments({ port: 0, secret })
afterAll(async () => sandbox[Symbol.asyncDispose]())

/** In the page: what the browser would ask its push service for. */
function subscribeTo({ endpoint, keys }: { endpoint: string; keys: typeof pushKeys }): void {
  let current: PushSubscription | null = null
  PushManager.prototype.getSubscription = async () => current
  PushManager.prototype.subscribe = async (options) => {
    const given = options?.applicationServerKey
    const applicationServerKey =
      typeof given !== 'string' && given instanceof Uint8Array ? new Uint8Array(given).buffer : null
    current = {
      endpoint,
      expirationTime: null,
      options: { applicationServerKey, userVisibleOnly: true },
      getKey: () => null,
      toJSON: () => ({ endpoint, expirationTime: null, keys }),
      async unsubscribe() {
        current = null
        return true
      },
    }
    return current
  }
}

/** What is shown after the browser has brought this from its push service. */
async function pushed(page: Page, origin: string, said: object): Promise<readonly unknown[]> {
  const browser = await page.context().newCDPSession(page)
  const registered = new Promise<string>((resolve) => {
    browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [one] = registrations
      if (one !== undefined) resolve(one.registrationId)
    })
  })
  await browser.send('ServiceWorker.enable')
  const registrationId = await registered
  await browser.send('ServiceWorker.deliverPushMessage', {
    origin,
    registrationId,
    data: JSON.stringify(said),
  })
  return until('the notification', () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration('/app')
      const shown = (await registration?.getNotifications()) ?? []
      return shown.length === 0 ? undefined : shown.map(({ body, title }) => [title, body])
    }),
  )
}

describe.skipIf(isBrowserMissing)(`the customers' page (needs ${browserPath})`, () => {
  const platform = usePlatform({
    environment: {
      DEMO: 'on',
      PAYMENTS_SANDBOX_URL: sandbox.url,
      PAYMENTS_SANDBOX_SECRET: secret,
      PAYMENTS_POLL_MS: '300',
    },
  })
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
    const api = platform().api.in('demo')
    // The demo is there a moment after the platform is ready.
    await until('the pods of the demo', async () => {
      const { body } = await api.call('GET', '/api/v1/pods')
      return JSON.stringify(body).includes('Prati') ? true : undefined
    })
    const id = await addUser(api, email, 'member', password)
    await api.expect(z.unknown(), 'POST', `/api/v1/wallets/${id}/grants`, {
      body: { credits: 20, reason: 'welcome' },
      headers: { 'idempotency-key': 'welcome' },
    })
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  async function signIn(options: BrowserContextOptions = {}): Promise<Page> {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
    const page = await openPage(browser, { ...phone, ...options }, watched)
    await page.goto(`${platform().url}/app`)
    await fillSignIn(page, { email, password })
    await page.getByText('Trastevere', { exact: true }).first().waitFor()
    return page
  }

  const faults = (page: Page) => accessibilityFaults(page)

  test('a member finds the nearest pod, books it, sees the code of its door, and cancels', async () => {
    const page = await signIn({
      permissions: ['geolocation', 'notifications'],
      geolocation: { latitude: 41.8902, longitude: 12.4722 },
    })
    expect(new URL(page.url()).pathname).toBe('/app')
    await page.getByRole('button', { name: 'Sort by distance' }).click()
    await expect.poll(() => page.locator('a.card').first().textContent()).toMatch(/Trastevere.*\d+ m/)
    expect(await faults(page)).toEqual([])
    await picture(page, 'app-pods')

    await page.locator('a.card').first().click()
    await page.getByRole('heading', { name: 'Trastevere' }).waitFor()
    await page.getByLabel('Day').selectOption({ index: 1 })
    // By the keyboard: the first free time, then the next.
    await page.getByRole('radio', { name: /^0?7:00 AM/ }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByLabel('Until').selectOption({ index: 1 })
    expect(await faults(page)).toEqual([])
    await picture(page, 'app-slots')
    await page.getByRole('button', { name: 'Book for 4 credits' }).click()

    await page.getByRole('heading', { name: 'My bookings' }).waitFor()
    await expect.poll(() => page.locator('.code').textContent()).toMatch(/^\d{6}$/)
    await page.getByText('Confirmed', { exact: true }).waitFor()
    expect(await faults(page)).toEqual([])
    await picture(page, 'app-booking')

    await page.getByRole('link', { name: 'Wallet' }).click()
    await page.getByText('16 credits', { exact: true }).waitFor()

    await page.getByRole('link', { name: 'My bookings' }).click()
    await page.getByRole('button', { name: 'Stay longer' }).click()
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'Stay for 2 credits more' }).click()
    await page.getByText('6 credits').waitFor()

    await page.getByRole('link', { name: 'Another time or pod' }).click()
    await page.getByRole('heading', { name: 'Move the booking' }).waitFor()
    await page.getByLabel('Pod').selectOption({ label: 'Prati' })
    await page.getByLabel('Day').selectOption({ index: 2 })
    await page.getByRole('radio').nth(3).focus()
    await page.keyboard.press('Space')
    expect(await faults(page)).toEqual([])
    await picture(page, 'app-move')
    await page.getByRole('button', { name: /^Move/ }).click()
    await page.getByRole('heading', { name: 'Prati' }).waitFor()
    expect(await page.getByRole('heading', { name: 'Trastevere' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Turn on notifications' }).waitFor()
    expect(await faults(page)).toEqual([])
    await picture(page, 'app-bookings')

    await page.getByRole('button', { name: 'Cancel booking' }).click()
    await page.getByRole('button', { name: 'Yes, cancel' }).click()
    await page.getByText('Cancelled', { exact: true }).waitFor()
    expect(await page.locator('.code').count()).toBe(0)
  })

  test('credits are bought at the page of the provider, and are there when one comes back', async () => {
    const page = await signIn({ colorScheme: 'dark' })
    await page.getByRole('link', { name: 'Wallet' }).click()
    await page.getByRole('button', { name: /^10 credits for/ }).waitFor()
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: /^10 credits for/ }).click()
    await page.getByRole('button', { name: 'pay', exact: false }).first().click()
    await page.getByText('Paid: the credits are in your wallet.').waitFor()
    await picture(page, 'app-wallet-dark')
    await page.getByRole('heading', { name: 'Receipts' }).waitFor()
    await page.getByRole('link', { name: /^\d+ credits for R\$/ }).click()
    await page.getByRole('heading', { name: 'Receipt', exact: true }).waitFor()
    await page.getByText(email).waitFor()
    expect(await faults(page)).toEqual([])
    await page.goBack()
    expect(new URL(page.url()).origin).toBe(platform().url)
  })

  test('it tells in this browser by Web Push when that is asked for, until somebody signs out', async () => {
    const page = await signIn({ permissions: ['notifications'], locale: 'fr' })
    // The push service is somebody else's, and far away.
    const endpoint = `https://push.example/${Date.now()}`
    await page.addInitScript(subscribeTo, { endpoint, keys: pushKeys })
    await page.goto(`${platform().url}/app#bookings`)
    await page.reload()
    const mine = platform().api.signedInAs(email, password)
    const browsers = async () =>
      (await mine.expect(subscriptions, 'GET', '/api/v1/me/push-subscriptions')).items
    expect(await browsers()).toEqual([])
    await page.getByRole('button', { name: 'Activer les notifications' }).click()
    await page.getByText('Les notifications sont activées.').waitFor()
    expect(await browsers()).toMatchObject([{ host: 'push.example' }])
    expect(await mine.call('GET', '/api/v1/me/notification-preferences')).toMatchObject({
      body: { preferences: { language: 'fr' } },
    })
    expect(await faults(page)).toEqual([])
    const said = { id: 'm1', type: 'booking.code', title: 'Prati est à vous', text: 'Le code …' }
    expect(await pushed(page, platform().url, said)).toEqual([[said.title, said.text]])
    await page.getByRole('button', { name: 'Se déconnecter' }).click()
    await page.waitForURL(/login/)
    expect(await browsers()).toEqual([])
  })

  test('it speaks the language of the phone', async () => {
    const page = await signIn({ locale: 'pt-PT' })
    await page.getByRole('heading', { name: 'Encontrar cabine' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR')
  })

  test('it can be installed, asks nobody else, and complains about nothing', async () => {
    const manifest = z.object({ start_url: z.string(), icons: z.array(z.object({ src: z.string() })) })
    const response = await fetch(`${platform().url}/app/app.webmanifest`)
    const { icons, start_url: startUrl } = manifest.parse(await response.json())
    expect([startUrl, response.headers.get('content-type')]).toEqual([
      '/app',
      expect.stringContaining('application/manifest+json'),
    ])
    const page = await signIn()
    const { installabilityErrors } = await (
      await page.context().newCDPSession(page)
    ).send('Page.getInstallabilityErrors')
    // Each test has a window of its own, of which the browser keeps nothing.
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito'])
    for (const { src } of icons) expect((await fetch(platform().url + src)).status).toBe(200)
    const script = await fetch(`${platform().url}/app/app.js`, { headers: { accept: 'application/json' } })
    expect([script.status, (await script.text()).includes('createApp')]).toEqual([401, false])
    expect(watched.outside).toEqual([])
    // The provider's page has no icon; it is not ours.
    expect(watched.complaints.filter((line) => !line.includes(sandbox.url))).toEqual([])
  })

  test('the member of the demo has something to book with', async () => {
    const api = platform().api.in('demo')
    const { items } = await api.expect(users, 'GET', '/api/v1/users?limit=100')
    const member = items.find((user) => user.email === 'member@demo.fleetloom.local')
    expect(await api.expect(wallet, 'GET', `/api/v1/wallets/${member?.id}`)).toMatchObject({ balance: 40 })
  })
})

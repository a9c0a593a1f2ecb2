import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bookingView } from '../nodes/booking/booking.ts'
import { purchaseView } from '../nodes/billing/purchase.ts'
import { noFaults } from '../sim/payments/faults.ts'
import { startPayments } from '../sim/payments/server.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { accessibilityFaults } from './harness/axe.ts'
import {
  browserPath,
  isBrowserMissing,
  launchBrowser,
  openSignedIn,
  phone,
  picture,
  type Watched,
} from './harness/browser.ts'
import { checkContrast } from './harness/contrast.ts'
import { podBody } from './harness/pods.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const looks = [
  ['', { colorScheme: 'light' }],
  ['-dark', { colorScheme: 'dark' }],
  ['-phone', phone],
] as const
const password = 'sleeps-in-a-pod-42'
const operator = { email: 'olga@pods.example', password } as const
const hour = 3_600_000
const iso = (ms: number): string => new Date(ms).toISOString()
const today = iso(Date.now()).slice(0, 10)
const wrapped = z.object({ booking: bookingView })

/** A cent is missing of whatever is paid. */
const secret = 'of-the-sandbox-42'
const sandbox = await startPayments({ port: 0, secret, faults: { ...noFaults, isShort: true } })
afterAll(async () => sandbox[Symbol.asyncDispose]())

describe.skipIf(isBrowserMissing)(`money and pods in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform({
    environment: {
      PAYMENTS_SANDBOX_URL: sandbox.url,
      PAYMENTS_SANDBOX_SECRET: secret,
      PAYMENTS_POLL_MS: '300',
    },
  })
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser
  let api: ApiClient
  let ada: ApiClient
  let userId: string
  let soonMs: number
  let empty: string
  let keys = 0

  const at = (page: string, organization = api.organization): string =>
    `/dashboard/${page}?organization=${organization ?? ''}`
  const withKey = (body: object) => ({ body, headers: { 'idempotency-key': `k${(keys += 1)}` } })
  const bookingIs = (id: string, status: string) =>
    until(`booking ${id} to be ${status}`, async () => {
      const { booking } = await api.expect(wrapped, 'GET', `/api/v1/bookings/${id}`)
      return booking.status === status ? booking : undefined
    })
  async function book(podId: string, start: number, hours = 1): Promise<string> {
    const body = { podId, userId, start: iso(start), end: iso(start + hours * hour) }
    const { booking } = await api.expect(wrapped, 'POST', '/api/v1/bookings', withKey(body))
    await bookingIs(booking.id, 'CONFIRMED')
    return booking.id
  }

  beforeAll(async () => {
    browser = await launchBrowser()
    const { api: root, mqttPort } = platform()
    api = await createOrganization(root, 'pods-and-money')
    empty = (await createOrganization(root, 'no-money')).organization ?? ''
    userId = await addUser(api, 'ada@pods.example', 'member', password)
    await addUser(api, operator.email, 'operator', password)
    ada = root.signedInAs('ada@pods.example', password)
    const client = await connectDevice(
      mqttPort,
      await registerDevice(api, 'pod-1', { classKey: 'sleep-pod' }),
    )
    await registerDevice(api, 'pod-2', { classKey: 'sleep-pod' })
    for (const [id, name, address] of [
      ['pod-1', 'Cabin 1', 'Via Marsala 29, Roma'],
      ['pod-2', 'Cabin 2', 'Via Cola di Rienzo 120, Roma'],
    ] as const)
      await api.expect(z.unknown(), 'PUT', `/api/v1/pods/${id}`, { body: podBody({ name, address }) })
    await api.call('POST', `/api/v1/wallets/${userId}/grants`, withKey({ credits: 100, reason: 'welcome' }))
    soonMs = (Math.floor(Date.now() / hour) + 2) * hour
    await book('pod-1', soonMs)
    await book('pod-1', soonMs + 3 * hour, 2)
    await book('pod-2', soonMs)
    const { purchase } = await ada.expect(
      z.object({ purchase: purchaseView }),
      'POST',
      '/api/v1/purchases',
      withKey({ packageKey: 'small', provider: 'sandbox', returnUrl: platform().url }),
    )
    const body = new URLSearchParams({ action: 'pay' })
    await fetch(purchase.redirectUrl ?? '', { method: 'POST', body, redirect: 'manual' })
    await until('the purchase to have failed', async () => {
      const { purchase: now } = await ada.expect(
        z.object({ purchase: purchaseView }),
        'GET',
        `/api/v1/purchases/${purchase.id}`,
      )
      return now.status === 'failed' || undefined
    })
    // Too many wrong codes at the first.
    for (let n = 0; n < 5; n += 1)
      await publishAndWait(
        client,
        'cochilo/cabine/pod-1/events',
        JSON.stringify({ event: 'CODE_ENTERED', code: `00000${n}`, eventId: `w${n}`, ts: iso(Date.now()) }),
      )
    await until('the keypad to be locked', async () => {
      const { keypad } = await api.expect(
        z.object({ keypad: z.object({ isLocked: z.boolean() }) }),
        'GET',
        '/api/v1/pods/pod-1/keypad',
      )
      return keypad.isLocked || undefined
    })
    await client.subscribe(['cochilo/cabine/pod-1/commands', 1])
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  const open = (place: string, options?: BrowserContextOptions, who?: typeof operator): Promise<Page> =>
    openSignedIn({ browser, url: platform().url, watched }, place, options, who)
  /** What somebody could not see, read or reach of it. */
  async function faultsOf(page: Page): Promise<readonly string[]> {
    const [clientWidth, scrollWidth] = await page.evaluate(() => {
      const { clientWidth: screen, scrollWidth: content } = document.documentElement
      return [screen, content] as const
    })
    return [
      ...(await accessibilityFaults(page)),
      ...(await checkContrast(page, '.v-main')).tooLow,
      ...(scrollWidth > clientWidth ? [`${scrollWidth} px wide on a screen of ${clientWidth}`] : []),
    ]
  }

  test('a day is compared: each difference is named by what the provider did', async () => {
    const page = await open(at('billing'))
    await page.locator('[data-filter="reconciliation"]').fill(today)
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByText('Compared: 2 differences.').waitFor()
    const texts = await page.locator('[data-difference]').allTextContents()
    expect(texts.map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^Purchase \S+ costs R\$20\.00; the provider took R\$19\.99$/),
      expect.stringMatching(/^Purchase \S+ is failed here and paid there$/),
    ])
    await page.locator('[data-difference]').last().scrollIntoViewIfNeeded()
    await picture(page, 'reconciliation')
  })

  test('billing can be used by everybody: nothing serious, in light and dark, and on a phone', async () => {
    for (const [name, options] of looks) {
      const page = await open(at('billing'), options)
      await page.locator('[data-earned]').first().waitFor()
      await page.locator('[data-account="revenue/bookings"]').waitFor()
      await page.locator('[data-ledger-entry]').first().waitFor()
      await page.locator('[data-reconciliation]').first().waitFor()
      expect(await faultsOf(page)).toEqual([])
      await picture(page, `billing${name}`)
    }
  })

  test('revenue is shown by day, site and pod, and saved as it is shown', async () => {
    const page = await open(at('billing'))
    await page.locator(`[data-earned="${today}"]`).waitFor()
    expect(await page.locator('.fl-columns__one').count()).toBe(30)
    expect(await page.locator('.fl-revenue__total').textContent()).toBe('12 credits')
    await page.locator('[data-filter="revenue"]').selectOption('pod')
    await page.locator('[data-earned="pod-1"]').waitFor()
    expect(await page.locator('[data-earned]').allTextContents()).toEqual(['Cabin 19 ', 'Cabin 23 '])
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as CSV' }).click()
    const file = await saving
    expect(file.suggestedFilename()).toMatch(/^revenue-pod-.*\.csv$/)
    expect(await readFile(await file.path(), 'utf8')).toBe(
      'pod,name,credits\r\npod-1,Cabin 1,9\r\npod-2,Cabin 2,3\r\n',
    )
    await page.locator('[data-filter="revenue"]').selectOption('site')
    await page.locator('[data-earned="Via Marsala 29, Roma"]').waitFor()
    await page.getByLabel('From').fill('2020-01-01')
    await page.getByText('more than a year after').waitFor()
  })

  test('an account leads to its entries, by keyboard', async () => {
    const page = await open(at('billing'))
    await page.locator('[data-account="promotions"] button').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('[data-filter="account"]').inputValue()).toBe('promotions')
    await expect.poll(() => page.locator('[data-ledger-entry]').count()).toBe(1)
    expect(await page.locator('[data-ledger-entry]').textContent()).toContain('welcome')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('nobody')
    await page.keyboard.press('Enter')
    await page.getByText('There are no entries of that account.').waitFor()
  })

  test('an operator reads the ledger and compares no day', async () => {
    const page = await open(at('billing'), {}, operator)
    await page.locator('[data-reconciliation]').first().waitFor()
    expect(await page.getByRole('button', { name: 'Compare' }).count()).toBe(0)
  })

  test('a pod is looked at by everybody: nothing serious, in light and dark, and on a phone', async () => {
    for (const [name, options] of looks) {
      const page = await open(`${at('pod')}&device=pod-1`, options)
      await page.locator('[data-guest]').nth(1).waitFor()
      await page.locator('[data-lock-out]').waitFor()
      await page.locator('[data-keypad="locked"]').waitFor()
      await page.locator('[data-guest]').filter({ hasText: 'ada@pods.example' }).nth(1).waitFor()
      expect(await faultsOf(page)).toEqual([])
      await picture(page, `pod${name}`)
    }
    expect(watched.received.join('')).not.toMatch(/"code":"\d{6}"/)
  })

  test('an operator opens the door, ends the lock-out and closes the pod for an hour', async () => {
    const page = await open(`${at('pod')}&device=pod-1`, {}, operator)
    await page.locator('[data-act="open"]').click()
    await page.getByText('Opening the door:').waitFor()
    await page.locator('[data-act="unlock"]').focus()
    await page.keyboard.press('Enter')
    await page.getByText('The keypad takes codes again.').waitFor()
    await page.locator('[data-keypad="open"]').waitFor()
    // Between two bookings, whether or not an hour has ended since they were made.
    for (const [part, atMs] of [
      ['from', soonMs + hour],
      ['to', soonMs + 2 * hour],
    ] as const)
      await page.locator(`[data-block-part="${part}"]`).fill(iso(atMs).slice(0, 16))
    const reason = page.locator('[data-block-part="reason"]')
    await reason.fill('new mattress')
    await reason.press('Enter')
    await page.getByText('It is kept free of bookings then.').waitFor()
    const block = page.locator('[data-block]').filter({ hasText: 'new mattress' })
    await block.getByRole('button', { name: 'Open again' }).click()
    await page.getByText('It can be booked again.').waitFor()
    await expect.poll(() => page.locator('[data-block]').count()).toBe(0)
  })

  test('another pod is chosen, from the calendar or on the page', async () => {
    const page = await open(at('bookings'))
    await page.getByRole('link', { name: 'Cabin 2' }).click()
    await page.getByRole('heading', { name: 'Cabin 2' }).waitFor()
    await expect.poll(() => page.locator('[data-guest]').count()).toBe(1)
    await page.locator('[data-filter="pod"]').selectOption({ label: 'Cabin 1' })
    await page.getByRole('heading', { name: 'Cabin 1' }).waitFor()
  })

  test('where there is nothing yet it says so, and why when the platform is away', async () => {
    const page = await open(at('billing', empty))
    await page.getByText('Nothing was earned in these days.').waitFor()
    await page.getByText('Nothing has been posted yet.').first().waitFor()
    await page.getByText('No day has been compared yet.').waitFor()
    await page.goto(`${platform().url}${at('pod', empty)}`)
    await page.getByText('There are no pods to book yet.').waitFor()
    const failing = await open('/login')
    await failing.route('**/api/v1/{revenue,pods,ledger}*', (route) => route.abort())
    for (const name of ['billing', 'pod']) {
      await failing.goto(`${platform().url}${at(name)}`)
      await failing.locator('.fl-panel--error').first().waitFor()
    }
    expect(watched.outside).toEqual([])
  })

  test.each([
    ['pt-BR', 'Salvar como CSV', 'Abrir a porta'],
    ['fr-FR', 'Enregistrer en CSV', 'Ouvrir la porte'],
  ])('a reader of %s is spoken to in that language', async (locale, save, door) => {
    const page = await open(at('billing'), { locale })
    await page.getByRole('button', { name: save }).waitFor()
    await page.goto(`${platform().url}${at('pod')}`)
    await page.getByRole('button', { name: door }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
  })
})

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
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
import { createOrganization, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const password = 'a password for tests'
const profile = '/dashboard/profile'
const alerts = '/dashboard/alerts'
const inboxPage = z.looseObject({ unread: z.int() })

describe.skipIf(isBrowserMissing)(`what people are told, in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform()
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser
  let api: ApiClient
  let measure: (value: number) => Promise<void>

  beforeAll(async () => {
    browser = await launchBrowser()
    api = await createOrganization(platform().api, 'Cold store')
    await addUser(api, 'ana@example.com', 'operator', password)
    await addUser(api, 'bea@example.com', 'operator', password)
    const access = await registerDevice(api, 'warm-one', { name: 'Warm one' })
    await api.expect(z.unknown(), 'POST', '/api/v1/alert-rules', {
      body: {
        name: 'Too warm',
        severity: 'critical',
        scope: { deviceId: 'warm-one' },
        condition: { kind: 'above', port: 1, value: 30 },
      },
    })
    measure = async (value) => {
      const client = await connectDevice(platform().mqttPort, access)
      await publishAndWait(client, access.topic, JSON.stringify({ readings: [{ port: 1, value }] }))
      await client.disconnect()
    }
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  async function signIn(email: string, place: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openSignedIn({ browser, url: platform().url, watched }, place, options, {
      email,
      password,
    })
    await page.waitForSelector('.fl-live[data-status="live"]')
    return page
  }
  const fitsItsWidth = (page: Page): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)

  test('somebody says by the keyboard how to be told, and it is kept', async () => {
    const page = await signIn('ana@example.com', profile)
    await page
      .getByText('You were not told anything yet.')
      .or(page.getByText('Nothing new for you.'))
      .waitFor()
    await page.getByText('Nothing is chosen', { exact: false }).waitFor()
    const save = page.getByRole('button', { name: 'Save' })
    expect(await save.isDisabled()).toBe(true)
    await page.getByRole('checkbox', { name: 'Critical: In the app' }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.getByText('Mails go to ana@example.com.').waitFor()
    await page.getByRole('checkbox', { name: 'Quiet hours' }).focus()
    await page.keyboard.press('Space')
    const zone = page.getByRole('combobox', { name: 'Time zone' })
    await zone.fill('Mars/Olympus')
    await page.keyboard.press('Enter')
    await page.getByText('quietHours.timeZone', { exact: false }).waitFor()
    await zone.fill('Europe/Rome')
    await page.getByRole('button', { name: 'Sun', exact: true }).press('Space')
    await page.getByLabel('Language').selectOption('fr')
    await page.getByLabel('Language').selectOption('en')
    await save.press('Enter')
    await page.getByText('Saved.').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])

    await page.reload()
    const kept = page.getByRole('checkbox', { name: 'Critical: By mail' })
    await kept.waitFor()
    expect(await kept.isChecked()).toBe(true)
    expect(await page.getByRole('checkbox', { name: 'Warning: In the app' }).isChecked()).toBe(false)
    expect(await zone.inputValue()).toBe('Europe/Rome')
    expect(await page.getByRole('button', { name: 'Sun', exact: true }).getAttribute('aria-pressed')).toBe(
      'false',
    )
    expect(await save.isDisabled()).toBe(true)
  })

  const tellAna = (): Promise<unknown> =>
    platform()
      .api.signedInAs('ana@example.com', password)
      .expect(z.unknown(), 'PUT', '/api/v1/me/notification-preferences', {
        body: { channels: { critical: ['in-app'] } },
      })

  test('what is told comes live to whom it is told, on the overview, and is read by the keyboard', async () => {
    await tellAna()
    const page = await signIn('ana@example.com', '/dashboard/overview')
    const other = await signIn('bea@example.com', '/dashboard/overview')
    const nothing = page.getByText('Nothing new for you.')
    await nothing.waitFor()
    await measure(41)
    const notice = page.locator('[data-notification]')
    // Well before it would be asked for again.
    await notice.filter({ hasText: 'Alert: Too warm' }).waitFor()
    await page.getByText('1 unread notification', { exact: true }).waitFor()
    await measure(20)
    await page.getByText('2 unread notifications').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await picture(page, 'overview-notices')

    await notice.first().getByRole('button', { name: 'Mark as read' }).press('Enter')
    await page.getByText('1 unread notification', { exact: true }).waitFor()
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe('What you were told')
    await page.getByRole('button', { name: 'Mark all as read' }).press('Enter')
    await nothing.waitFor()
    await page.getByRole('link', { name: 'All, and how I am told' }).press('Enter')
    await page.getByRole('combobox', { name: 'Which' }).selectOption({ label: 'All' })
    await expect.poll(() => page.locator('[data-notification]').count()).toBe(2)
    expect(await other.locator('[data-notification]').count()).toBe(0)
  })

  test('the profile can be used by everybody: light, dark and on a phone', async () => {
    await tellAna()
    await measure(44)
    const ana = platform().api.signedInAs('ana@example.com', password)
    await until('what Ana is told', async () => {
      const { unread } = await ana.expect(inboxPage, 'GET', '/api/v1/me/notifications')
      return unread > 0 ? true : undefined
    })
    for (const options of [{}, { colorScheme: 'dark' }, phone, { ...phone, colorScheme: 'dark' }] as const) {
      const page = await signIn('ana@example.com', profile, options)
      await page.locator('[data-notification]').first().waitFor()
      await page.locator('.fl-wishes').waitFor()
      expect(await accessibilityFaults(page)).toEqual([])
      expect((await checkContrast(page, '.v-main')).tooLow).toEqual([])
      expect(await fitsItsWidth(page)).toBe(true)
      const name = `profile${'isMobile' in options ? '-phone' : ''}${'colorScheme' in options ? '-dark' : ''}`
      await picture(page, name)
      await page.getByRole('button', { name: 'Save' }).scrollIntoViewIfNeeded()
      if ('isMobile' in options) await picture(page, `${name}-wishes`)
    }
  })

  test.each([
    ['pt-BR', 'Marcar como lido', 'Horas de silêncio', 'Crítico: No aplicativo', '1 aviso não lido'],
    ['fr-FR', 'Marquer comme lu', 'Heures de silence', 'Critique : Dans l’application', '1 avis non lu'],
  ])('a reader of %s is spoken to in that language', async (locale, read, quiet, box, count) => {
    const page = await signIn('ana@example.com', profile, { locale })
    await page.getByRole('button', { name: read }).filter({ hasText: read }).first().waitFor()
    await page.getByText(count, { exact: true }).waitFor()
    await page.getByRole('checkbox', { name: quiet }).waitFor()
    await page.getByRole('checkbox', { name: box }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
  })

  test('the page of alerts says that it asks, that there is nothing, and that it failed, and goes on by itself', async () => {
    const empty = await createOrganization(platform().api, 'Nothing yet')
    await addUser(empty, 'carl@example.com', 'operator', password)
    for (const options of [{}, { ...phone, colorScheme: 'dark' }] as const) {
      const name = 'colorScheme' in options ? '-phone-dark' : ''
      const page = await signIn('carl@example.com', profile, options)
      const calls = /\/api\/v1\/(alerts|alert-rules|deliveries)\?/
      let answer = (): void => undefined
      const isAnswered = new Promise<void>((resolve) => (answer = resolve))
      await page.route(calls, async (route) => {
        await isAnswered
        await route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: { title: 'busy' } })
      })
      await page.goto(`${platform().url}${alerts}`)
      await page.locator('[aria-busy="true"]').nth(2).waitFor()
      await picture(page, `alerts-loading${name}`)
      answer()
      await page.getByRole('alert').nth(2).waitFor()
      expect(await page.getByRole('alert').getByRole('button', { name: 'Try again' }).count()).toBe(3)
      expect(await accessibilityFaults(page)).toEqual([])
      expect((await checkContrast(page, '.v-main')).tooLow).toEqual([])
      expect(await fitsItsWidth(page)).toBe(true)
      await picture(page, `alerts-failed${name}`)

      await page.unroute(calls)
      await page.getByText('No alerts like these.').waitFor()
      await page.getByText('No rules yet', { exact: false }).waitFor()
      expect(await page.getByRole('alert').count()).toBe(0)
      expect(await accessibilityFaults(page)).toEqual([])
      expect(await fitsItsWidth(page)).toBe(true)
      await picture(page, `alerts-empty${name}`)
    }
  })
})

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { accessibilityFaults } from './harness/axe.ts'
import {
  browserPath,
  fillSignIn,
  isBrowserMissing,
  launchBrowser,
  openPage,
  openSignedIn,
  phone,
  picture,
  type Watched,
} from './harness/browser.ts'
import { checkContrast } from './harness/contrast.ts'
import { registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const device = '/dashboard/device?device=demo-air-purifier-1&organization=demo'
const hall = '/dashboard/device?device=week-one&organization=demo'
const pages: readonly (readonly [name: string, path: string, there: string])[] = [
  ['device-held', device, '[data-held]'],
  ['week', hall, 'tr[data-schedule]'],
  ['overview-alerts', '/dashboard/overview?organization=demo', '.fl-summary [data-alert]'],
  ['alerts', '/dashboard/alerts?organization=demo', 'tr[data-alert]'],
  ['alert-rules', '/dashboard/alerts?organization=demo', 'tr[data-rule]'],
  ['deliveries', '/dashboard/alerts?organization=demo', 'tr[data-delivery]'],
  ['users', '/dashboard/users?organization=demo', 'tr[data-user]'],
  ['audit', '/dashboard/audit?organization=demo', 'tr[data-entry]'],
]

describe.skipIf(isBrowserMissing)(`pages of operators in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform({ environment: { DEMO: 'on' } })
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser
  let measure: (value: number) => Promise<void>

  beforeAll(async () => {
    browser = await launchBrowser()
    const demo = platform().api.in('demo')
    const access = await registerDevice(demo, 'warm-one')
    await demo.expect(z.unknown(), 'POST', '/api/v1/alert-rules', {
      body: {
        name: 'Too warm',
        severity: 'critical',
        scope: { deviceId: 'warm-one' },
        condition: { kind: 'above', port: 1, value: 30 },
        channels: ['ops', 'nobody'],
      },
    })
    await demo.expect(z.unknown(), 'POST', '/api/v1/channels', {
      body: { key: 'ops', kind: 'in-app', config: {} },
    })
    await demo.expect(z.unknown(), 'POST', '/api/v1/users', {
      body: { email: 'ana@example.com', name: 'Ana', role: 'member' },
    })
    measure = async (value) => {
      const client = await connectDevice(platform().mqttPort, access)
      await publishAndWait(client, access.topic, JSON.stringify({ readings: [{ port: 1, value }] }))
      await client.disconnect()
    }
    await measure(41)
    const past = await registerDevice(demo, 'past-one')
    const readings = Array.from({ length: 280 }, (_, index) => ({
      port: 1,
      value: 36 + 6 * Math.sin(index / 18),
      ts: Date.now() - (280 - index) * 300_000,
    }))
    const client = await connectDevice(platform().mqttPort, past)
    await publishAndWait(client, past.topic, JSON.stringify({ readings }))
    await client.disconnect()
    await registerDevice(demo, 'week-one', { name: 'Hall', classKey: 'air-purifier' })
    for (const window of [
      { days: ['mon', 'tue', 'wed', 'thu', 'fri'], startTime: '08:00', endTime: '12:00' },
      { days: ['sat'], startTime: '22:00', endTime: '02:30' },
    ])
      await demo.expect(z.unknown(), 'POST', '/api/v1/schedules', {
        body: { deviceId: 'week-one', timeZone: 'Europe/Rome', ...window },
      })
    // The demo comes after everything else has started.
    await until('the purifier of the demo', async () =>
      (await demo.call('GET', '/api/v1/devices/demo-air-purifier-1')).status === 200 ? true : undefined,
    )
    await demo.expect(z.unknown(), 'PUT', '/api/v1/devices/demo-air-purifier-1/override', {
      body: { action: 'setFanSpeed', value: 2, durationMs: 3_600_000, reason: 'Being cleaned' },
    })
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  const signIn = (place: string, options?: BrowserContextOptions): Promise<Page> =>
    openSignedIn({ browser, url: platform().url, watched }, place, options)

  test.each(pages)(
    '%s can be used by everybody: nothing serious, in light and dark',
    async (name, place, there) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await signIn(place, { colorScheme })
        await page.locator(there).first().waitFor()
        await page.waitForSelector('.fl-live[data-status="live"]')
        expect(await accessibilityFaults(page)).toEqual([])
        expect((await checkContrast(page, '.v-main')).tooLow).toEqual([])
        await page.locator(there).first().scrollIntoViewIfNeeded()
        await picture(page, colorScheme === 'dark' ? `${name}-dark` : name)
      }
    },
  )

  test.each(pages)('%s fits a phone', async (name, place, there) => {
    const page = await signIn(place, phone)
    await page.locator(there).first().waitFor()
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth),
    ).toBe(false)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.locator(there).first().scrollIntoViewIfNeeded()
    await picture(page, `${name}-phone`)
  })

  test('the overview says what is open, and leads to all of it; the page of alerts hears no reading', async () => {
    const page = await signIn('/dashboard/overview?organization=demo')
    const summary = page.getByRole('region', { name: 'Open alerts' })
    await summary.getByText(/^Critical: \d/).waitFor()
    await summary.locator('[data-alert]').filter({ hasText: 'warm-one' }).first().waitFor()
    const asked: string[] = []
    const heard: string[] = []
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => asked.push(payload.toString()))
      socket.on('framereceived', ({ payload }) => heard.push(payload.toString()))
    })
    await summary.getByRole('link', { name: 'All alerts' }).click()
    await page.locator('tr[data-alert]').first().waitFor()
    await page.reload()
    await page.locator('tr[data-alert]').first().waitFor()
    await expect
      .poll(() => asked.findLast((frame) => frame.includes('"subscribe"')))
      .toContain('[{"events":["alert"]}]')
    // The demo's devices go on sending, and this one more.
    await measure(20)
    await measure(43)
    await expect
      .poll(() => heard.some((frame) => /"alert".*"status":"firing"/.test(frame)), { timeout: 10_000 })
      .toBe(true)
    expect(heard.filter((frame) => frame.includes('["reading"'))).toEqual([])
    expect(heard.filter((frame) => frame.includes('["state"'))).toEqual([])
  })

  test('an alert is acknowledged, silenced and resolved, and the next one comes by itself', async () => {
    const page = await signIn('/dashboard/alerts?organization=demo')
    const alert = page.locator('tr[data-alert]').filter({ hasText: 'warm-one' }).first()
    const id = (await alert.getAttribute('data-alert')) ?? ''
    const status = page.getByLabel('Status').first()
    await status.selectOption('')
    const same = page.locator(`tr[data-alert="${id}"]`)
    await same.getByRole('button', { name: 'Acknowledge' }).focus()
    await page.keyboard.press('Enter')
    await same.getByText('Acknowledged').waitFor()
    await same.getByRole('button', { name: 'Silence for an hour' }).click()
    await same.getByText('Silenced').waitFor()
    await same.getByRole('button', { name: 'Resolve' }).click()
    await same.getByText('Resolved').waitFor()

    await status.selectOption('firing')
    // Guests of the demo lock its keypads now and then, which is a warning.
    await page.getByLabel('Severity').first().selectOption('critical')
    await expect.poll(() => page.locator('tr[data-alert]').allInnerTexts(), { timeout: 20_000 }).toEqual([])
    await page.getByText('No alerts like these.').waitFor()
    await page.waitForSelector('.fl-live[data-status="live"]')
    await measure(42)
    const next = page.locator('tr[data-alert]').filter({ hasText: 'warm-one' })
    // Sooner than it would be asked for again.
    await next.waitFor({ timeout: 10_000 })
    expect(await next.getAttribute('data-alert')).not.toBe(id)
  })

  test('a rule is made, tried on the past, switched off, changed and deleted', async () => {
    const page = await signIn('/dashboard/alerts?organization=demo')
    await page.getByRole('button', { name: 'New rule' }).click()
    const form = page.locator('[data-rule-form]')
    const tryIt = form.getByRole('button', { name: 'Try it' })
    await form.getByText('Fill in a name and the conditions').waitFor()
    expect(await tryIt.isDisabled()).toBe(true)
    await form.getByRole('textbox', { name: 'Name' }).fill('Too hot')
    await form.getByRole('combobox', { name: 'Devices', exact: true }).selectOption('deviceId')
    await form.getByRole('textbox', { name: 'Which' }).fill('past-one')
    await form.getByRole('spinbutton', { name: 'Value' }).fill('40')
    await form.getByRole('checkbox', { name: 'ops' }).check()
    await tryIt.click()
    await form.getByText('Would have fired 3 times').waitFor()
    await form.locator('[data-points]:not([data-points="0"])').waitFor()
    // A canvas draws in black what is no colour to it.
    const shade = await form.evaluate((element) =>
      getComputedStyle(element).getPropertyValue('--fl-bad-soft'),
    )
    expect(shade).toMatch(/^rgb/)
    await form.locator('canvas').scrollIntoViewIfNeeded()
    await picture(page, 'rule-tried')
    expect((await checkContrast(page, '.v-main')).tooLow).toEqual([])
    expect(await accessibilityFaults(page)).toEqual([])
    await form.getByRole('spinbutton', { name: 'Value' }).fill('4000')
    await form.getByText('See when it would have fired').waitFor()
    await tryIt.click()
    await form.getByText('Would not have fired.').waitFor()
    await page.keyboard.press('Tab')
    await form.getByRole('button', { name: 'Make the rule' }).click()

    const rule = page.locator('tr[data-rule]').filter({ hasText: 'Too hot' })
    await rule.getByText('Port 1 above 4,000').waitFor()
    await rule.getByRole('button', { name: 'Switch off' }).click()
    await rule.getByRole('button', { name: 'Switch on' }).waitFor()
    await rule.getByRole('button', { name: 'Change' }).click()
    await form.getByRole('combobox', { name: 'Condition', exact: true }).selectOption('no-data')
    await form.getByRole('button', { name: 'Save' }).click()
    await rule.getByText('nothing heard 15 minutes').waitFor()
    await rule.getByRole('button', { name: 'Delete' }).click()
    await rule.waitFor({ state: 'detached' })
  })

  test('what was given up is seen with why, and sent again', async () => {
    const page = await signIn('/dashboard/alerts?organization=demo')
    await page.locator('[data-filter="deliveries"]').selectOption('failed')
    const failed = page.locator('tr[data-delivery]').filter({ hasText: 'there is no such channel' }).first()
    await failed.getByRole('button', { name: 'Send again' }).click()
    await page.getByText('It is sent again.').waitFor()
    await page.locator('[data-filter="deliveries"]').selectOption('delivered')
    const delivered = page.locator('tr[data-delivery]').filter({ hasText: 'ops' }).first()
    await delivered.waitFor()
    expect(await delivered.getByRole('button', { name: 'Send again' }).count()).toBe(0)
  })

  test('an override is seen with the time that is left, ended, and begun', async () => {
    const page = await signIn(device)
    const held = page.locator('.fl-override__current')
    await held
      .filter({ hasText: 'Being cleaned' })
      .getByText(/5\d:\d\d left/)
      .waitFor()
    await page.getByRole('button', { name: 'End it' }).click()
    await held.waitFor({ state: 'detached' })
    await page.getByRole('combobox', { name: 'Do', exact: true }).selectOption('setFanSpeed')
    await page.getByRole('spinbutton', { name: 'Value' }).fill('4')
    await page.getByRole('spinbutton', { name: 'Minutes' }).fill('90')
    await page.getByRole('textbox', { name: 'Reason' }).fill('Guests')
    await page.keyboard.press('Enter')
    await held
      .filter({ hasText: 'Guests' })
      .getByText(/1:29:\d\d left/)
      .waitFor()
    await expect
      .poll(() => page.locator('[data-held]').filter({ hasText: 'Fan speed' }).textContent())
      .toContain('4 · override')
  })

  test('a window is added, changed, switched off and deleted', async () => {
    const page = await signIn(device)
    await page.getByText('No windows yet').waitFor()
    await page.getByLabel('From', { exact: true }).fill('09:00')
    await page.getByRole('button', { name: 'Add a window' }).click()
    const row = page.locator('tr[data-schedule]')
    await row
      .filter({ hasText: 'Mon–Fri' })
      .filter({ hasText: '9:00 AM–6:00 PM' })
      .getByText(/opens/)
      .waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await row.scrollIntoViewIfNeeded()
    await picture(page, 'schedule')

    await row.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('button', { name: 'Fri', exact: true }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await row.getByText('Mon–Thu').waitFor()
    await row.getByRole('button', { name: 'Switch off' }).click()
    await row.getByRole('button', { name: 'Switch on' }).waitFor()
    expect(await row.getByText(/opens/).count()).toBe(0)
    await row.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No windows yet').waitFor()
  })

  test('the week is drawn, pulled and moved, with a pointer and with keys, and says what would be refused', async () => {
    const page = await signIn(device)
    const week = page.getByRole('group', { name: 'The week' })
    const area = week.locator('.fl-plan__area')
    await area.scrollIntoViewIfNeeded()
    const at = async (day: number, hour: number): Promise<readonly [x: number, y: number]> => {
      const box = await area.boundingBox()
      if (box === null) throw new Error('the week is not there')
      return [box.x + ((day + 0.5) / 7) * box.width, box.y + (hour / 24) * box.height]
    }
    const pull = async (from: readonly [number, number], to: readonly [number, number]): Promise<void> => {
      await page.mouse.move(...(await at(...from)))
      await page.mouse.down()
      await page.mouse.move(...(await at(...to)), { steps: 5 })
      await page.mouse.up()
    }
    const block = week.locator('.fl-plan__block')
    await pull([1, 8], [1, 12])
    await expect.poll(() => block.getAttribute('aria-label')).toBe('Tue: Tue 8:00 AM–12:00 PM')
    await pull([1, 10], [3, 11])
    await expect.poll(() => block.getAttribute('aria-label')).toBe('Thu: Thu 9:00 AM–1:00 PM')
    await block.focus()
    for (const key of ['ArrowLeft', 'ArrowDown', 'ArrowDown', 'Shift+ArrowUp', 'Enter'])
      await page.keyboard.press(key)
    const row = page.locator('tr[data-schedule]')
    await row.filter({ hasText: 'Wed' }).filter({ hasText: '9:30 AM–1:15 PM' }).waitFor()

    // Over the one that is there, and by its lower edge out of its way.
    await pull([2, 7], [2, 11])
    await page
      .getByRole('alert')
      .filter({ hasText: 'Open at the same time as Wed 9:30 AM–1:15 PM' })
      .waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    expect((await checkContrast(page, '.fl-plan')).tooLow).toEqual([])
    await picture(page, 'schedule-week')
    await pull([2, 10.95], [2, 9])
    await expect.poll(() => page.locator('.fl-plan__clash').textContent()).toBe('')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Add a window' }).click()
    await expect.poll(() => row.count()).toBe(2)
    for (let left = 2; left > 0; left -= 1) {
      await row.first().getByRole('button', { name: 'Delete' }).click()
      await expect.poll(() => row.count()).toBe(left - 1)
    }
  })

  test('the week says that it is loading, what went wrong, and is there when it is asked for again', async () => {
    const page = await openPage(
      browser,
      { colorScheme: 'dark' },
      { complaints: [], outside: [], received: [] },
    )
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<undefined>()
    let isBroken = true
    await page.route(/\/api\/v1\/schedules\?/, async (route) => {
      await mayAnswer
      if (!isBroken) return route.continue()
      return route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Broken', status: 500, detail: 'No disk.' }),
      })
    })
    await page.goto(`${platform().url}/login?next=${encodeURIComponent(hall)}`)
    await fillSignIn(page)
    const widget = page.locator('.nrdb-ui-group').filter({ has: page.getByText('Schedule', { exact: true }) })
    await widget.getByLabel('Loading').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await widget.scrollIntoViewIfNeeded()
    await picture(page, 'week-loading-dark')
    answer(undefined)
    await widget.getByText('No disk.').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    expect((await checkContrast(page, '.v-main')).tooLow).toEqual([])
    await widget.scrollIntoViewIfNeeded()
    await picture(page, 'week-error-dark')
    isBroken = false
    await widget.getByRole('button', { name: 'Try again' }).click()
    await widget.locator('.fl-plan__block').first().waitFor()
  })

  test('a user is invited, given a role, disabled and enabled', async () => {
    const page = await signIn('/dashboard/users?organization=demo')
    await page.getByRole('textbox', { name: 'E-mail' }).fill('bob@example.com')
    await page.getByRole('textbox', { name: 'Name' }).fill('Bob')
    await page.keyboard.press('Enter')
    await page.getByText('It is shown this once', { exact: false }).waitFor()
    const bob = page.locator('tr[data-user="bob@example.com"]')
    await bob.getByText('invited').waitFor()
    const role = bob.getByLabel('Role of bob@example.com')
    await role.selectOption('operator')
    await expect.poll(() => role.inputValue()).toBe('operator')
    await bob.getByRole('button', { name: 'Disable' }).click()
    await bob.getByText('disabled').waitFor()
    await bob.getByRole('button', { name: 'Enable' }).click()
    await bob.getByText('invited').waitFor()
    expect(await role.inputValue()).toBe('operator')
  })

  test('the audit trail is filtered and verified', async () => {
    const page = await signIn('/dashboard/audit?organization=demo')
    await page.locator('tr[data-entry]').first().waitFor()
    await page.getByLabel('Resource').first().fill('devices/warm-one')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('tr[data-entry]').allTextContents()).toHaveLength(1)
    await page.getByRole('button', { name: 'Verify the trail' }).click()
    await page.getByText(/^Whole: \d+ entries/).waitFor()
  })

  test('the pages complain of nothing and ask nobody else', () => {
    expect(watched.complaints).toEqual([])
    expect(watched.outside).toEqual([])
  })
})

import mqtt from 'mqtt'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  browserPath,
  fillSignIn,
  isBrowserMissing,
  launchBrowser,
  openPage,
  phone,
  type Watched,
} from './harness/browser.ts'
import { checkContrast } from './harness/contrast.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

/** Devices of the demo. */
const fleetSize = 10
const device = '/dashboard/device?device=demo-air-purifier-1'
const isLive = '.fl-live[data-status="live"]'

describe.skipIf(isBrowserMissing)(`the dashboard in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform({ environment: { DEMO: 'on' } })
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  async function signIn(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openPage(browser, options, watched)
    await page.goto(`${platform().url}${path}`)
    await fillSignIn(page)
    await page.waitForSelector('.fl-bar .fl-live')
    return page
  }

  /** For what a test brings about on purpose: browsers log every failed request. */
  function forgive(text: string): void {
    watched.complaints.splice(0, Infinity, ...watched.complaints.filter((line) => !line.includes(text)))
  }

  const tile = (page: Page, name: string) => page.locator(`[data-tile="${name}"] .fl-tile__value`)
  const row = (page: Page, id: string) => page.locator(`tr[data-device="${id}"]`)
  const points = (page: Page): Promise<number> =>
    page
      .locator('[data-port="2"] .fl-chart')
      .getAttribute('data-points')
      .then((text) => Number(text ?? 0))
  const hasSidewaysScroll = (page: Page): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

  function connect(access: DeviceAccess): Promise<mqtt.MqttClient> {
    return mqtt.connectAsync(`mqtt://127.0.0.1:${platform().mqttPort}`, {
      username: access.id,
      password: access.password,
      clientId: access.id,
      reconnectPeriod: 0,
    })
  }

  test('after signing in, the overview shows the fleet, how much of it is online, and how busy it is', async () => {
    const page = await signIn('/dashboard/overview')

    await page.locator('tr[data-device]').nth(5).waitFor()
    expect(await page.locator('tr[data-device]').count()).toBe(fleetSize)
    await expect.poll(() => tile(page, 'online').textContent(), { timeout: 20_000 }).toBe(String(fleetSize))
    await expect
      .poll(async () => Number(await tile(page, 'rate').textContent()), { timeout: 20_000 })
      .toBeGreaterThan(0)
    await expect.poll(() => row(page, 'demo-sleep-pod-1').textContent()).toMatch(/Temperature[\d.]+ °C/)
    await page.waitForSelector(isLive)
  })

  test('values in the table follow live events', async () => {
    const page = await signIn('/dashboard/overview')
    await page.waitForSelector(isLive)
    const values = row(page, 'demo-port-monitor-1').locator('.fl-values')
    await expect.poll(() => values.textContent()).toMatch(/\d/)

    const before = await values.textContent()

    await expect.poll(() => values.textContent(), { timeout: 20_000 }).not.toBe(before)
  })

  test('search and status filter narrow the table, with the keyboard alone', async () => {
    const page = await signIn('/dashboard/overview')
    await page.locator('tr[data-device]').nth(5).waitFor()

    await page.getByLabel('Search devices').focus()
    await page.keyboard.type('purifier 2')
    await expect.poll(() => page.locator('tr[data-device]').count()).toBe(1)
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Offline0')
    expect(
      await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle),
    ).toBe('solid')
    await page.keyboard.press('Enter')
    await page.getByText('No device matches “purifier 2”.').waitFor()
  })

  test('a device is opened from the table, and its charts get new points', async () => {
    const page = await signIn('/dashboard/overview')

    await page.getByRole('link', { name: 'Purifier 1' }).click()
    await page.getByRole('heading', { name: 'Purifier 1' }).waitFor()
    expect(new URL(page.url()).searchParams.get('device')).toBe('demo-air-purifier-1')
    await expect.poll(() => points(page), { timeout: 20_000 }).toBeGreaterThan(1)
    const before = await points(page)

    await expect.poll(() => points(page), { timeout: 20_000 }).toBeGreaterThan(before)
    const painted = await page.locator('[data-port="2"] canvas').evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return false
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      return pixels.some((value) => value > 0)
    })
    expect(painted).toBe(true)
    expect(await page.locator('[data-port="2"] .fl-port__unit').textContent()).toBe('°C')
    expect(await page.locator('[data-port="2"] .fl-port__quality').textContent()).toBe('Good')

    await page.goBack()
    await page.locator('tr[data-device]').nth(5).waitFor()
  })

  test('a longer range shows buckets, and the way back is live again', async () => {
    const page = await signIn(`${device}&organization=demo`)
    await expect.poll(() => points(page), { timeout: 20_000 }).toBeGreaterThan(1)
    const chart = page.locator('[data-port="2"] .fl-chart')
    const asked = page.waitForResponse((answer) => answer.url().includes('bucket=1d'))

    await page.getByRole('button', { name: 'Last 12 months' }).click()
    expect((await asked).status()).toBe(200)
    await expect.poll(() => chart.getAttribute('aria-label')).toMatch(/Last 12 months\. Lowest .* Highest/)
    expect(await points(page)).toBeLessThan(3)
    const pressed = page.locator('.fl-range[aria-pressed="true"]')
    expect(await pressed.textContent()).toBe('Year')

    await page.getByRole('button', { name: 'Last 15 minutes' }).click()
    await expect.poll(() => points(page), { timeout: 20_000 }).toBeGreaterThan(1)
    expect(await chart.getAttribute('aria-label')).toContain('Last 15 minutes.')
    expect(await pressed.textContent()).toBe('15 min')
  })

  /** Types into the picker and takes what it finds first. */
  async function pick(page: Page, name: string): Promise<void> {
    await page.getByRole('combobox', { name: 'Device' }).focus()
    await page.keyboard.type(name)
    await page.getByRole('option', { name }).first().waitFor()
    await page.keyboard.press('Enter')
  }

  test('without a device in the address one is chosen, with the keyboard alone, and a wrong one is said to be missing', async () => {
    const page = await signIn('/dashboard/device?organization=demo')
    await page.getByText('No device chosen').first().waitFor()
    await pick(page, 'Pod 1')
    await page.getByRole('heading', { name: 'Pod 1' }).waitFor()

    await pick(page, 'Press line 2')
    await page.getByRole('heading', { name: 'Press line 2' }).waitFor()
    expect(page.url()).toContain('device=demo-port-monitor-2')
    await page.goBack()
    await page.getByRole('heading', { name: 'Pod 1' }).waitFor()

    await page.goto(`${platform().url}/dashboard/device?device=nobody`)
    await page.getByText('No such device').first().waitFor()
    forgive('status of 404')
  })

  test("another organization's data is never sent here, and ours is not shown there", async () => {
    const other = await createOrganization(platform().api, 'Other')
    const access = await registerDevice(other, 'foreign-1', { name: 'Foreign thing' })
    const client = await connect(access)
    const publish = (value: number) =>
      client.publishAsync(access.topic, JSON.stringify({ readings: [{ port: 1, value }] }), { qos: 1 })
    await publish(12_321)
    watched.received.length = 0
    const page = await signIn('/dashboard/overview?organization=demo')
    await page.locator('tr[data-device]').nth(5).waitFor()
    await page.waitForSelector(isLive)

    await publish(12_321)
    await page.goto(`${platform().url}/dashboard/device?device=foreign-1&organization=demo`)
    await page.getByText('No such device').first().waitFor()
    await page.goto(`${platform().url}${device}&organization=demo`)
    await expect.poll(() => points(page), { timeout: 20_000 }).toBeGreaterThan(0)
    await publish(12_321)
    const heard = watched.received.filter((text) => text.startsWith('42/live,["reading"')).length
    await expect
      .poll(() => watched.received.filter((text) => text.startsWith('42/live,["reading"')).length, {
        timeout: 20_000,
      })
      .toBeGreaterThan(heard)
    expect(watched.received.length).toBeGreaterThan(5)
    expect(
      watched.received.filter((text) => /"deviceId":"foreign-1"|Foreign thing|12321/.test(text)),
    ).toEqual([])

    await page.goto(`${platform().url}/dashboard/overview`)
    await page.getByLabel('Organization').selectOption({ label: 'Other' })
    await row(page, 'foreign-1').waitFor()
    expect(await page.locator('tr[data-device]').count()).toBe(1)
    await expect.poll(() => tile(page, 'online').textContent()).toBe('1')
    await expect.poll(() => row(page, 'foreign-1').textContent()).toContain('12,321')
    await client.endAsync()
    forgive('status of 404')
  })

  test('a device that disconnects is offline at once, on both pages', async () => {
    const demo = platform().api.in('demo')
    const client = await connect(await registerDevice(demo, 'probe', { name: 'Probe' }))
    const page = await signIn('/dashboard/overview?organization=demo')
    const other = await signIn('/dashboard/device?device=probe&organization=demo')
    await expect.poll(() => row(page, 'probe').locator('.fl-pill').textContent()).toBe('Online')
    await expect
      .poll(() => tile(page, 'online').textContent(), { timeout: 10_000 })
      .toBe(String(fleetSize + 1))
    await expect.poll(() => other.locator('.fl-device .fl-pill').textContent()).toBe('Online')
    await page.waitForSelector(isLive)
    await other.waitForSelector(isLive)

    await client.endAsync()

    await expect
      .poll(() => row(page, 'probe').locator('.fl-pill').textContent(), { timeout: 5000 })
      .toBe('Offline')
    await expect
      .poll(() => other.locator('.fl-device .fl-pill').textContent(), { timeout: 5000 })
      .toBe('Offline')
    await expect.poll(() => tile(page, 'offline').textContent(), { timeout: 10_000 }).toBe('1')
    await demo.call('DELETE', '/api/v1/devices/probe')
    await expect.poll(() => row(page, 'probe').count(), { timeout: 20_000 }).toBe(0)
  })

  test.each(['light', 'dark'] as const)('everything can be read in %s mode', async (colorScheme) => {
    const page = await signIn('/dashboard/overview?organization=demo', { colorScheme })
    await page.locator('tr[data-device]').nth(5).waitFor()
    await expect.poll(() => tile(page, 'online').textContent(), { timeout: 10_000 }).toBe(String(fleetSize))
    const scheme = await page
      .locator('.fl')
      .first()
      .evaluate((root) => getComputedStyle(root).colorScheme)
    const overview = await checkContrast(page, '#app')
    await page.goto(`${platform().url}${device}&organization=demo`)
    await page.locator('[data-port="10"]').waitFor()
    const details = await checkContrast(page, '#app')

    expect(scheme).toBe(colorScheme)
    expect(overview.checked).toBeGreaterThan(40)
    expect(details.checked).toBeGreaterThan(40)
    expect([...overview.tooLow, ...details.tooLow]).toEqual([])
  })

  test('a phone shows both pages without scrolling sideways', async () => {
    const page = await signIn('/dashboard/overview?organization=demo', phone)
    await page.locator('tr[data-device]').nth(5).waitFor()
    expect(await hasSidewaysScroll(page)).toBe(false)

    await page.goto(`${platform().url}${device}&organization=demo`)
    // A chart is drawn when it is looked at, or nearly.
    await page.locator('[data-port="2"]').scrollIntoViewIfNeeded()
    await page.locator('[data-port="2"] canvas').waitFor()
    expect(await hasSidewaysScroll(page)).toBe(false)
  })

  test('when the API fails, the page says so, keeps what it has, and comes back by itself', async () => {
    const page = await signIn('/dashboard/overview?organization=demo')
    await page.locator('tr[data-device]').nth(5).waitFor()
    const fail = () => page.route('**/api/v1/**', (route) => route.fulfill({ status: 500, body: '{}' }))
    await fail()
    await page.getByText('The platform does not answer, trying again.').waitFor()
    expect(await page.locator('tr[data-device]').count()).toBe(fleetSize)

    await page.reload()
    await page.getByText('Something went wrong').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await page.unroute('**/api/v1/**')
    await page.locator('tr[data-device]').nth(5).waitFor()
    forgive('status of 500')
  })

  test('when the session has ended, the page leads to the login and back', async () => {
    const page = await signIn(`${device}&organization=demo`)
    await page.locator('[data-port="2"]').waitFor()
    await page.context().clearCookies()
    await pick(page, 'Purifier 2')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL('**/login?**')
    expect(new URL(page.url()).searchParams.get('next')).toContain('device=demo-air-purifier-2')
    forgive('status of 401')
  })

  test('without a session there are neither pages nor files nor sockets', async () => {
    const { url } = platform()
    expect((await fetch(`${url}/editor/resources/node-red-contrib-fleetloom/widgets.umd.js`)).status).toBe(
      401,
    )
    expect((await fetch(`${url}/dashboard/overview`)).url === `${url}/dashboard/overview`).toBe(true)
    const refusal = await new Promise<string>((resolve) => {
      const socket = io(url, { path: '/dashboard/socket.io', reconnection: false })
      socket.on('connect', () => resolve('connected'))
      socket.on('connect_error', (error) => resolve(error.message))
    })
    // The request itself is answered with 401, before anything of Socket.IO sees it.
    expect(refusal).toBe('xhr poll error')
  })

  test('while the platform is away the charts are paused; afterwards they go on', async () => {
    const page = await signIn(`${device}&organization=demo`)
    await page.waitForSelector(isLive)
    await expect.poll(() => points(page), { timeout: 20_000 }).toBeGreaterThan(1)

    await platform().kill('SIGTERM')
    await page.getByText('The connection is lost, so the charts are paused.', { exact: false }).waitFor()
    expect(await page.locator('.fl-ports').getAttribute('data-paused')).toBe('')
    const before = await points(page)
    await platform().start()

    await page.waitForSelector(isLive)
    await expect.poll(() => page.locator('.fl-notice').count(), { timeout: 20_000 }).toBe(0)
    await expect.poll(() => points(page), { timeout: 30_000 }).toBeGreaterThan(before)
    const away = ['ERR_CONNECTION_REFUSED', 'ERR_EMPTY_RESPONSE', 'WebSocket', 'SIO connect error']
    for (const text of [...away, 'status of 503']) forgive(text)
  })

  test('nothing left this machine, and the browser had nothing to complain about', () => {
    expect(watched.outside).toEqual([])
    expect(watched.complaints).toEqual([])
  })
})

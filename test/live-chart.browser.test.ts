import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  browserPath,
  fillSignIn,
  isBrowserMissing,
  launchBrowser,
  openPage,
  type Watched,
} from './harness/browser.ts'
import { standInForLive } from './harness/live-stand-in.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const perSecond = 10
const stepMs = 30_000
const hourMs = 3_600_000
/** The chart shows so much, and is full from then on. */
const windowMs = 900_000
const deviceId = 'hour-long'

async function heapMegabytes(session: CDPSession): Promise<number> {
  // What only a finalizer gives back is gone with the second.
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize / 1_048_576
}

describe.skipIf(isBrowserMissing)(`a chart in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform()
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  async function openDevice(page: Page, device: string, organization: string | undefined): Promise<void> {
    const place = `/dashboard/device?device=${device}&organization=${organization}`
    await page.goto(`${platform().url}/login?next=${encodeURIComponent(place)}`)
    await fillSignIn(page)
  }

  test('what is measured while the page still asks for its device is shown', async () => {
    const api = await createOrganization(platform().api, 'Early')
    await registerDevice(api, 'early-bird', { ports: [{ port: 1, name: 'heat', unit: '°C' }] })
    const page = await openPage(browser, {}, watched)
    const live = await standInForLive(page)
    const answered = Promise.withResolvers<void>()
    await page.route('**/early-bird/latest', async (route) => {
      const response = await route.fetch()
      await answered.promise
      await route.fulfill({ response })
    })
    await openDevice(page, 'early-bird', api.organization)
    await expect.poll(() => live.watched(), { timeout: 20_000 }).toContain('early-bird')
    const measured = { rawValue: 21.5, calibratedValue: 21.5, quality: 'good' }
    live.send('reading', { deviceId: 'early-bird', port: 1, ts: new Date().toISOString(), ...measured })
    answered.resolve()
    await page.locator('[data-port="1"] .fl-port__number', { hasText: '21.5' }).waitFor()
    await page.context().close()
  }, 120_000)

  test(`${perSecond} points a second for an hour take no more memory than for the quarter that is shown`, async () => {
    const api = await createOrganization(platform().api, 'Charting')
    await registerDevice(api, deviceId, { ports: [{ port: 1, name: 'heat', unit: '°C' }] })
    const page = await openPage(browser, {}, watched)
    const live = await standInForLive(page)
    let nowMs = Date.now()
    await page.clock.setFixedTime(nowMs)
    // The page goes by the platform's clock.
    await page.route('**/api/v1/**', async (route) => {
      const response = await route.fetch()
      await route.fulfill({
        response,
        headers: { ...response.headers(), date: new Date(nowMs).toUTCString() },
      })
    })
    await openDevice(page, deviceId, api.organization)
    await expect.poll(() => live.watched(), { timeout: 20_000 }).toContain(deviceId)
    const session = await page.context().newCDPSession(page)

    async function feed(lengthMs: number): Promise<number> {
      for (const endMs = nowMs + lengthMs; nowMs < endMs;) {
        const fromMs = nowMs
        nowMs += stepMs
        await page.clock.setFixedTime(nowMs)
        for (let atMs = fromMs; atMs < nowMs; atMs += 1000 / perSecond)
          live.send('reading', {
            deviceId,
            port: 1,
            ts: new Date(atMs).toISOString(),
            rawValue: 20,
            calibratedValue: 20 + Math.sin(atMs / 60_000) + (atMs % 700) / 1000,
            quality: atMs % 5000 === 0 ? 'suspect' : 'good',
          })
        const shown = page.locator('[data-port="1"] .fl-port__age')
        await shown.waitFor()
        // Long enough that each step is drawn.
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 550)))
      }
      return heapMegabytes(session)
    }

    const full = await feed((windowMs * 4) / 3)
    const points = await page.locator('[data-port="1"] .fl-chart').getAttribute('data-points')
    expect(Number(points)).toBeGreaterThan((windowMs / 1000) * perSecond * 0.95)
    expect(Number(points)).toBeLessThan((windowMs / 1000) * perSecond * 1.05)
    const later = await feed(hourMs / 3)
    const end = await feed(hourMs / 3)
    process.stdout.write(
      `live chart, ${perSecond} points/s: heap after 20, 40 and 60 minutes ${full.toFixed(1)}, ${later.toFixed(1)}, ${end.toFixed(1)} MB\n`,
    )
    expect(end - full).toBeLessThan(3)
    expect(Math.abs(end - later)).toBeLessThan(3)
  }, 300_000)
})

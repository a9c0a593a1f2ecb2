import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bookingView } from '../nodes/booking/booking.ts'
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

const wrapped = z.object({ booking: bookingView })
const hour = 3_600_000
const dayMs = 24 * hour
const pod = podBody({ creditsPerSlot: 1 })
const tomorrowMs = (Math.floor(Date.now() / dayMs) + 1) * dayMs
const iso = (ms: number): string => new Date(ms).toISOString()

describe.skipIf(isBrowserMissing)(`bookings in a browser (needs ${browserPath})`, () => {
  const platform = usePlatform()
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser
  let api: ApiClient
  let place: string
  let empty: string
  let ids: readonly string[]

  beforeAll(async () => {
    browser = await launchBrowser()
    const { api: root } = platform()
    api = await createOrganization(root, 'pods-and-co')
    place = `/dashboard/bookings?organization=${api.organization ?? ''}`
    const other = await createOrganization(root, 'no-pods')
    empty = `/dashboard/bookings?organization=${other.organization ?? ''}`
    const userId = await addUser(api, 'ada@pods.example', 'member', 'sleeps-in-a-pod-42')
    for (const [id, name] of [
      ['pod-1', 'Cabin 1'],
      ['pod-2', 'Cabin 2'],
    ] as const) {
      await registerDevice(api, id, { classKey: 'sleep-pod' })
      await api.expect(z.unknown(), 'PUT', `/api/v1/pods/${id}`, { body: { ...pod, name } })
    }
    await api.call('POST', `/api/v1/wallets/${userId}/grants`, {
      body: { credits: 100, reason: 'welcome' },
      headers: { 'idempotency-key': 'g' },
    })
    const book = async (podId: string, fromHour: number): Promise<string> => {
      const start = tomorrowMs + fromHour * hour
      const { booking } = await api.expect(wrapped, 'POST', '/api/v1/bookings', {
        body: { podId, userId, start: iso(start), end: iso(start + hour) },
        headers: { 'idempotency-key': `${podId}-${fromHour}` },
      })
      await bookingIs(booking.id, ({ status }) => status === 'CONFIRMED')
      return booking.id
    }
    ids = [await book('pod-1', 9), await book('pod-1', 15), await book('pod-2', 12)]
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  const bookingIs = (id: string, is: (booking: z.output<typeof bookingView>) => boolean) =>
    until(`booking ${id} to be so`, async () => {
      const { booking } = await api.expect(wrapped, 'GET', `/api/v1/bookings/${id}`)
      return is(booking) ? booking : undefined
    })
  const open = (at: string, options?: BrowserContextOptions): Promise<Page> =>
    openSignedIn({ browser, url: platform().url, watched }, at, options)
  async function tomorrow(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Next day' }).click()
    await page.locator('[data-booking]').first().waitFor()
  }

  test('the calendar can be used by everybody: nothing serious, in light and dark, and on a phone', async () => {
    for (const [name, options] of [
      ['bookings', { colorScheme: 'light' }],
      ['bookings-dark', { colorScheme: 'dark' }],
      ['bookings-phone', phone],
    ] as const) {
      const page = await open(place, options)
      await tomorrow(page)
      expect(await page.locator('[data-booking]').count()).toBe(3)
      expect(await accessibilityFaults(page)).toEqual([])
      expect((await checkContrast(page, '.v-main')).tooLow).toEqual([])
      expect(
        await page.evaluate(
          () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
        ),
      ).toBe(false)
      await picture(page, name)
    }
  })

  test('a booking is moved by keyboard to another pod and an hour on', async () => {
    const page = await open(place)
    await tomorrow(page)
    const [id = ''] = ids
    await page.locator(`[data-booking="${id}"]`).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await page.getByText('To Cabin 2').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('It was moved.').waitFor()
    const moved = await bookingIs(id, ({ podId }) => podId === 'pod-2')
    expect(moved.start).toBe(iso(tomorrowMs + 10 * hour))
    await page.locator(`[data-pod="pod-2"] [data-booking="${id}"]`).waitFor()
  })

  test('a booking is dragged to another time, and not to where somebody else is', async () => {
    const page = await open(place)
    await tomorrow(page)
    const [first = '', second = '', other = ''] = ids
    const drag = async (id: string, byHours: number): Promise<void> => {
      const bar = await page.locator(`[data-booking="${id}"]`).boundingBox()
      const track = await page.locator('.fl-lane__track').first().boundingBox()
      if (bar === null || track === null) throw new Error('nothing to drag')
      const [x, y] = [bar.x + bar.width / 2, bar.y + bar.height / 2]
      await page.mouse.move(x, y)
      await page.mouse.down()
      await page.mouse.move(x + (byHours * track.width) / 24, y, { steps: 4 })
      await page.mouse.up()
    }
    await drag(second, -2)
    const moved = await bookingIs(second, ({ start }) => start === iso(tomorrowMs + 13 * hour))
    expect(moved.podId).toBe('pod-1')
    await page.locator(`[data-pod="pod-2"] [data-booking="${first}"]`).waitFor()
    // Another is at ten there by now.
    await drag(other, -2)
    await page.getByText('taken at that time').waitFor()
    expect((await bookingIs(other, () => true)).start).toBe(iso(tomorrowMs + 12 * hour))
  })

  test('where there are no pods it says so, and why when the platform is away', async () => {
    const page = await open(empty)
    await page.getByText('There are no pods to book yet.').waitFor()
    await picture(page, 'bookings-empty')
    const failing = await open(place)
    await tomorrow(failing)
    await failing.route('**/api/v1/pods?*', (route) => route.abort())
    await failing.getByRole('button', { name: 'Next day' }).click()
    await failing.locator('.fl-panel--error').first().waitFor()
    await picture(failing, 'bookings-failed')
    expect(watched.outside).toEqual([])
  })
})

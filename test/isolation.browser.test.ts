import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { browserPath, fillSignIn, isBrowserMissing, launchBrowser, openPage } from './harness/browser.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const password = 'a sentence that nobody else has'
const pages = ['overview', 'device', 'map', 'alerts', 'dead-letters', 'users', 'audit', 'classes', 'profile']

/** What is one organization's, recognisable wherever it turns up. */
interface Side {
  readonly word: string
  readonly api: ApiClient
  readonly access: DeviceAccess
  readonly email: string
  /** Reported by its device, and by no other. */
  readonly value: number
  readonly marks: readonly string[]
  /** Every body and frame that its browser was given. */
  readonly received: string[]
  page: Page | undefined
}

describe.skipIf(isBrowserMissing)(`two organizations in two browsers (needs ${browserPath})`, () => {
  const platform = usePlatform()
  let browsers: readonly Browser[] = []
  let sides: readonly Side[] = []

  async function makeSide(word: string, value: number): Promise<Side> {
    const api = await createOrganization(platform().api, `Works ${word}`)
    const email = `${word}@example.com`
    await addUser(api, email, 'org-admin', password)
    const access = await registerDevice(api, `kiln-${word}`, {
      name: `Kiln ${word}`,
      tags: [`tag-${word}`],
      location: { latitude: 48, longitude: 11 },
    })
    await api.expect(z.unknown(), 'POST', '/api/v1/alert-rules', {
      body: {
        name: `Rule ${word}`,
        severity: 'warning',
        scope: { deviceId: access.id },
        condition: { kind: 'above', port: 1, value: value - 1 },
      },
    })
    const marks = [word, String(value), api.organization ?? '']
    return { word, api, access, email, value, marks, received: [], page: undefined }
  }

  async function measure({ access, value, word }: Side): Promise<void> {
    const client = await connectDevice(platform().mqttPort, access)
    await publishAndWait(client, access.topic, JSON.stringify({ readings: [{ port: 1, value }] }))
    await publishAndWait(client, access.topic, `no JSON of ${word}`)
    await client.disconnect()
  }

  beforeAll(async () => {
    browsers = [await launchBrowser(), await launchBrowser()]
    sides = [await makeSide('ochre7291', 8123.25), await makeSide('azure5834', 6477.75)]
  })
  afterAll(() => Promise.all(browsers.map((browser) => browser.close())))

  async function open(side: Side, browser: Browser): Promise<Page> {
    const page = await openPage(browser, {}, { complaints: [], outside: [], received: [] })
    page.context().on('response', (response) => {
      response.text().then(
        (text) => side.received.push(`${response.url()}\n${JSON.stringify(response.headers())}\n${text}`),
        // A redirect has none.
        () => undefined,
      )
    })
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => side.received.push(payload.toString('latin1')))
    })
    await page.goto(`${platform().url}/login?next=${encodeURIComponent('/dashboard/overview')}`)
    await fillSignIn(page, { email: side.email, password })
    await page.waitForSelector('.fl-live[data-status="live"]')
    return page
  }

  test('neither is ever given a byte of the other', async () => {
    await Promise.all(
      sides.map(async (side, index) => {
        const [browser] = browsers.slice(index)
        if (browser !== undefined) side.page = await open(side, browser)
      }),
    )
    for (const name of pages) {
      await Promise.all(
        sides.map(async ({ access, page }) => {
          await page?.goto(`${platform().url}/dashboard/${name}?device=${access.id}`)
          await page?.waitForSelector('.fl-live[data-status="live"]')
        }),
      )
      // While both look: readings, states, alerts and dead letters of both.
      await Promise.all(sides.map(measure))
      await Promise.all(sides.map(async ({ page }) => page?.waitForLoadState('networkidle')))
    }
    // Named in an address by whoever has heard of it, it is not there.
    const [one, other] = sides
    if (one === undefined || other === undefined) throw new Error('there are two')
    await one.page?.goto(`${platform().url}/dashboard/device?device=kiln-nobody`)
    await one.page?.getByText('No such device').first().waitFor()

    for (const [side, foreign] of [
      [one, other],
      [other, one],
    ] as const) {
      const all = side.received.join('\n')
      // What is looked for would be found: all of its own is there.
      for (const mark of side.marks) expect([mark, all.includes(mark)]).toEqual([mark, true])
      expect(all).toContain('["reading"')
      expect(all).toContain('["state"')
      const leaked = side.received.filter((text) => foreign.marks.some((mark) => text.includes(mark)))
      expect(leaked.map((text) => text.slice(0, 300))).toEqual([])
      process.stdout.write(
        `${side.word}: ${side.received.length} bodies and frames, ${all.length} characters, none of the other\n`,
      )
    }
  }, 180_000)
})

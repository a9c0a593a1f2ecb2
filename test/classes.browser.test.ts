import mqtt from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  browserPath,
  fillSignIn,
  isBrowserMissing,
  launchBrowser,
  openPage,
  picture,
  type Watched,
} from './harness/browser.ts'
import { checkContrast } from './harness/contrast.ts'
import { createOrganization, deadLettersOf } from './harness/resources.ts'
import { until } from './harness/until.ts'
import type { ApiClient } from './harness/api-client.ts'
import { usePlatform } from './harness/use-platform.ts'

const listed = z.object({ items: z.array(z.object({ id: z.string() })) })
const renewed = z.object({ credential: z.object({ username: z.string(), password: z.string() }) })
const topic = 'wetter/stadel-7/messung'
const payload = (temperature: string): string =>
  JSON.stringify({
    Zeit: new Date().toISOString(),
    t: `${temperature} °C`,
    feuchte: '40',
    pumpe: 'ON',
    fw: 'v1.4',
  })

describe.skipIf(isBrowserMissing)(`classes in the dashboard (needs ${browserPath})`, () => {
  const platform = usePlatform()
  const watched: Watched = { complaints: [], outside: [], received: [] }
  let browser: Browser
  let api: ApiClient

  beforeAll(async () => {
    browser = await launchBrowser()
    api = await createOrganization(platform().api, 'Weather')
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  async function signIn(place: string, options: object = {}): Promise<Page> {
    const page = await openPage(browser, { viewport: { width: 1280, height: 1190 }, ...options }, watched)
    await page.goto(
      `${platform().url}${place}${place.includes('?') ? '&' : '?'}organization=${api.organization}`,
    )
    await fillSignIn(page)
    await page.locator('.fl-classes').waitFor()
    return page
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const field = (page: Page, name: string) => page.locator(`[name="${name}"]`)

  test('from one message of an unknown make to its reading in the dashboard', async () => {
    const page = await signIn('/dashboard/classes')
    await field(page, 'topic').fill(topic)
    await field(page, 'level').selectOption({ label: 'stadel-7' })
    await field(page, 'payload').fill(payload('21,5'))
    await field(page, 'key').fill('wetter')
    await field(page, 'name').fill('Wetterstation')
    await button(page, 'Draft a class').click()

    const tried = page.locator('.fl-sample__tried')
    await expect.poll(() => tried.textContent()).toMatch(/t21.5 °C/)
    expect(await tried.textContent()).toMatch(/feuchte40.*pumpe1.*Reports fw "v1.4"/)
    await picture(page, 'classes')

    await button(page, 'Save').click()
    await page.getByText('Saved. It counts from the next message on.').waitFor()
    await field(page, 'address').fill('stadel-7')
    await field(page, 'device-name').fill('Stadel 7')
    await button(page, 'Register').click()
    const username = (await page.locator('[data-credential=username]').textContent()) ?? ''
    const password = (await page.locator('[data-credential=password]').textContent()) ?? ''

    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform().mqttPort}`, {
      username,
      password,
      clientId: 'as-its-maker-has-it',
      reconnectPeriod: 0,
    })
    await client.publishAsync(topic, payload('21,5'), { qos: 1 })
    await client.publishAsync(topic, payload('22,5'), { qos: 1 })
    await page.getByRole('link', { name: 'See its readings' }).click()
    await page.getByRole('heading', { name: 'Stadel 7' }).waitFor()
    await expect
      .poll(() => page.locator('[data-port="1"]').first().textContent(), { timeout: 20_000 })
      .toMatch(/22\.5/)
    await client.endAsync()
  })

  test('dead letters show what a class does not read; mended and saved, they are replayed', async () => {
    const { items } = await api.expect(listed, 'GET', '/api/v1/devices?classKey=wetter')
    const place = `/api/v1/devices/${items[0]?.id}/credential`
    const { credential } = await api.expect(renewed, 'POST', place, { body: {} })
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform().mqttPort}`, {
      ...credential,
      clientId: 'as-its-maker-has-it',
      reconnectPeriod: 0,
    })
    await client.publishAsync(topic, '{"t":"zu kalt"}', { qos: 1 })
    await client.endAsync()
    await until('a dead letter', async () => ((await deadLettersOf(api)).length > 0 ? true : undefined))

    const page = await signIn('/dashboard/classes')
    await field(page, 'class').selectOption('wetter')
    await button(page, 'Its last dead letters').click()
    await page.locator('.fl-sample[data-fits=false]').getByText('wrong-shape').waitFor()
    expect(await button(page, 'Replay these dead letters').isDisabled()).toBe(true)
    await picture(page, 'classes-dead-letters')
    expect((await checkContrast(page, '#app')).tooLow).toEqual([])

    const definition = field(page, 'definition')
    const text = await definition.inputValue()
    await definition.fill(text.replace('"noValue": []', '"noValue": ["zu kalt"]'))
    await button(page, 'Try it').click()
    await page.locator('.fl-sample[data-fits=true]').waitFor()
    expect(await button(page, 'Replay these dead letters').isDisabled()).toBe(true)
    await button(page, 'Save').click()
    await page.getByText('Saved. It counts').waitFor()
    await button(page, 'Replay these dead letters').click()
    await page.getByText('They go through the pipeline again.').waitFor()
    const [letter, ...more] = await deadLettersOf(api)
    expect([letter?.replayedAt, more]).toEqual([expect.any(String), []])
  })

  test('a known make is adopted, with what is to be done at the device and its samples', async () => {
    const page = await signIn('/dashboard/classes', { viewport: { width: 390, height: 844 } })
    await field(page, 'make').selectOption({ label: 'Tasmota' })
    await button(page, 'Adopt').click()
    await page.getByText('Adopted. It is yours to change.').waitFor()
    await page.getByText('Console of the plug', { exact: false }).waitFor()
    await page.locator('.fl-sample[data-fits=true]').first().waitFor()
    expect(await page.locator('.fl-sample[data-fits=false]').count()).toBe(0)
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth),
    ).toBe(false)
  })

  test('what is wrong with a class is said in the platform’s words', async () => {
    const page = await signIn('/dashboard/classes', { colorScheme: 'dark' })
    await field(page, 'class').selectOption('wetter')
    const definition = field(page, 'definition')
    await definition.fill((await definition.inputValue()).replace('"port": 1', '"port": 99'))
    await button(page, 'Save').click()
    await page.getByRole('alert').getByText('99 is not among the ports', { exact: false }).waitFor()
    await definition.fill('{')
    await button(page, 'Save').click()
    await page.getByRole('alert').getByText('JSON', { exact: false }).waitFor()
    expect((await checkContrast(page, '#app')).tooLow).toEqual([])
    watched.complaints.splice(0, Infinity, ...watched.complaints.filter((line) => !line.includes('422')))
  })

  test('nothing left this machine, and the browser had nothing to complain about', () => {
    expect(watched.outside).toEqual([])
    expect(watched.complaints).toEqual([])
  })
})

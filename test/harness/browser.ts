import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { adminPassword } from './platform.ts'

export const browserPath = '/usr/bin/chromium'
/** In CI a missing browser fails, when it cannot be started. */
export const isBrowserMissing = !existsSync(browserPath) && process.env['CI'] === undefined

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

/** What pages did that they should not, and what they were told. */
export interface Watched {
  /** Errors on the console and uncaught ones. */
  readonly complaints: string[]
  /** Requests that left this machine. */
  readonly outside: string[]
  /** Text of API answers and socket frames. */
  readonly received: string[]
}

export async function openPage(
  browser: Browser,
  options: BrowserContextOptions,
  watched: Watched,
): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => watched.complaints.push(error.message))
  page.on('console', (line) => {
    if (line.type() === 'error') watched.complaints.push(`${line.text()} ${line.location().url}`)
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (/^(https?|wss?):$/.test(url.protocol) && url.hostname !== '127.0.0.1') watched.outside.push(url.href)
  })
  context.on('response', (response) => {
    if (!response.url().includes('/api/v1/')) return
    response.text().then(
      (text) => watched.received.push(text),
      () => undefined,
    )
  })
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => watched.received.push(payload.toString()))
  })
  return page
}

/** On the page that asks who is there: the administrator by default. */
export async function fillSignIn(
  page: Page,
  { email, password }: { readonly email: string; readonly password: string } = {
    email: 'admin@fleetloom.local',
    password: adminPassword,
  },
): Promise<void> {
  await page.fill('input[name=email]', email)
  await page.fill('input[name=password]', password)
  await page.click('button[type=submit]')
}

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const

/** A page of its own for somebody, the administrator by default, who signs in on the way to a place. */
export async function openSignedIn(
  { browser, url, watched }: { readonly browser: Browser; readonly url: string; readonly watched: Watched },
  place: string,
  options: BrowserContextOptions = {},
  who?: Parameters<typeof fillSignIn>[1],
): Promise<Page> {
  const page = await openPage(browser, options, watched)
  await page.goto(`${url}/login?next=${encodeURIComponent(place)}`)
  await fillSignIn(page, who)
  return page
}

/** Kept where the documentation shows them, when they are asked for: SCREENSHOTS=on. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env['SCREENSHOTS'] !== 'on') return
  await page.screenshot({ path: path.join(import.meta.dirname, `../../docs/images/${name}.png`) })
}

import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import express from 'express'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createWorld, type World } from './auth.fixture.ts'
import { loginPage } from './login-page.ts'
import { openProvider, type ProviderUnderTest } from './provider.fixture.ts'

/** A browser: cookies of each host, no redirect followed by itself. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  async get(url: string): Promise<Response> {
    const { host } = new URL(url)
    const cookies = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, cookies)
    const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { Cookie } })
    for (const header of response.headers.getSetCookie()) {
      const [pair = ''] = header.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      if (/Max-Age=0/i.test(header)) cookies.delete(name)
      else cookies.set(name, pair.slice(name.length + 1))
    }
    return response
  }

  /** Follows redirects until a page, or the address that `until` knows. */
  async follow(
    url: string,
    until: (url: string) => boolean = () => false,
  ): Promise<{ url: string; response: Response }> {
    let [at, response] = [url, await this.get(url)]
    for (let hops = 0; hops < 20; hops += 1) {
      const to = response.headers.get('location')
      if (to === null) break
      at = new URL(to, at).href
      if (until(at)) break
      response = await this.get(at)
    }
    return { url: at, response }
  }

  sessionOf(origin: string): string | undefined {
    return this.#cookies.get(new URL(origin).host)?.get('fleetloom')
  }
}

let server: Server
let origin: string
let provider: ProviderUnderTest
let world: World
let browser: Browser

beforeEach(async () => {
  // The provider tells that it is one for tests.
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue()
  let handle: RequestListener = () => undefined
  server = createServer((request, response) => handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`
  provider = await openProvider(`${origin}/login/oidc/callback`)
  world = await createWorld({
    publicUrl: origin,
    provider: { ...provider, clientSecret: () => provider.clientSecret },
  })
  const { sessions, singleSignOn } = world.auth
  handle = express()
    .use(loginPage(sessions, singleSignOn))
    .get('/dashboard', (_, response) => void response.send('a dashboard'))
  browser = new Browser()
})
afterEach(async () => {
  vi.restoreAllMocks()
  server.closeAllConnections()
  server.close()
  await provider[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const zoe = { id: 'user-zoe', email: 'zoe@acme.example', role: 'operator', orgId: 'acme' } as const
const whoIsIn = async (): Promise<string | undefined> => {
  const session = browser.sessionOf(origin)
  if (session === undefined) return undefined
  return (await world.auth.sessions.find(`fleetloom=${session}`))?.user.id
}
const isCallback = (url: string): boolean => url.startsWith(`${origin}/login/oidc/callback`)

describe('whoever comes from the identity provider', () => {
  test('is signed in, when they are a user by an e-mail that it has verified, and goes where they wanted to', async () => {
    await world.addUser({ ...zoe, passwordHash: null })
    const { response, url } = await browser.follow(`${origin}/login/oidc?next=/dashboard?device=1`)
    expect([url, response.status]).toEqual([`${origin}/dashboard?device=1`, 200])
    expect(await whoIsIn()).toBe('user-zoe')
  })

  test('is known from then on by what it calls them, whatever their e-mail is', async () => {
    await world.addUser({ ...zoe, passwordHash: null })
    await browser.follow(`${origin}/login/oidc`)
    provider.account = { sub: 'zoe-at-provider', email: 'another@acme.example', email_verified: true }
    browser = new Browser()
    await browser.follow(`${origin}/login/oidc`)
    expect(await whoIsIn()).toBe('user-zoe')
  })

  test.each<[string, Partial<ProviderUnderTest['account']>, object]>([
    ['whose e-mail it has not verified', { email_verified: false }, {}],
    ['who is nobody here', { email: 'nobody@acme.example' }, {}],
    ['who is disabled', {}, { isEnabled: false }],
    ['whose user is somebody else there', {}, { subject: 'https://elsewhere.example zoe' }],
  ])('is not let in when it is somebody %s', async (_, account, changes) => {
    await world.addUser({ ...zoe, ...changes })
    provider.account = { ...provider.account, ...account }
    const { response } = await browser.follow(`${origin}/login/oidc`)
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('Nobody here is known')
    expect(await whoIsIn()).toBeUndefined()
  })

  test('needs the browser that it began in, once', async () => {
    await world.addUser(zoe)
    const { url } = await browser.follow(`${origin}/login/oidc`, isCallback)
    const stranger = new Browser()
    expect((await stranger.get(url)).status).toBe(400)
    expect(stranger.sessionOf(origin)).toBeUndefined()
    expect((await browser.get(url)).status).toBe(303)
    expect((await browser.get(url)).status).toBe(400)
  })

  test.each(['state', 'code'])('with another %s is nobody', async (part) => {
    await world.addUser(zoe)
    const { url } = await browser.follow(`${origin}/login/oidc`, isCallback)
    const forged = new URL(url)
    forged.searchParams.set(part, 'made-up')
    expect((await browser.get(forged.href)).status).toBe(401)
    expect(await whoIsIn()).toBeUndefined()
  })

  test('has ten minutes', async () => {
    await world.addUser(zoe)
    const { url } = await browser.follow(`${origin}/login/oidc`, isCallback)
    world.clock.advance(10 * 60_000)
    expect((await browser.get(url)).status).toBe(400)
  })

  test('does not leave this site afterwards', async () => {
    await world.addUser(zoe)
    const { url } = await browser.follow(`${origin}/login/oidc?next=//evil.example`)
    expect(url).toBe(`${origin}/dashboard`)
  })
})

test('the page leads to the provider, and says so when it is away', async () => {
  const page = await (await browser.get(`${origin}/login?next=/dashboard`)).text()
  expect(page).toContain('<a href="/login/oidc?next=%2Fdashboard">')
  await provider[Symbol.asyncDispose]()
  const away = await browser.get(`${origin}/login/oidc`)
  expect(away.status).toBe(503)
  expect(await away.text()).toContain('cannot be reached')
})

test('a code challenge of PKCE and a nonce go along', async () => {
  const to = new URL((await browser.get(`${origin}/login/oidc`)).headers.get('location') ?? '')
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    code_challenge_method: 'S256',
    response_type: 'code',
    nonce: expect.any(String),
    state: expect.any(String),
  })
})

import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { password } from './auth.fixture.ts'
import { openSite } from './site.fixture.ts'

const email = 'ann@acme.example'

describe('the page', () => {
  test('is a form that works without scripts, kept by no cache and shown in no frame', async () => {
    await using site = await openSite()
    const response = await site.request('/login')
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
    expect(html).toContain('<form method="post" action="/login">')
    expect(html).not.toMatch(/<script|javascript:| on[a-z]+=| style=/i)
  })

  test('has a style that its own policy allows, and nothing else from anywhere', async () => {
    await using site = await openSite()
    const response = await site.request('/login')
    const style = /<style>([^]*)<\/style>/.exec(await response.text())?.[1] ?? ''
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(style))).toString('base64')
    expect(style).toContain('prefers-color-scheme: dark')
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    )
  })

  test('labels its fields and lets password managers fill them', async () => {
    await using site = await openSite()
    const html = await (await site.request('/login')).text()
    for (const id of ['email', 'password']) expect(html).toContain(`<label for="${id}">`)
    expect(html).toContain('<html lang="en-US">')
    expect(html).toContain('name="viewport"')
    expect(html).toContain('autocomplete="username"')
    expect(html).toContain('autocomplete="current-password"')
  })

  test.each([
    ['pt', 'pt-BR', 'Entrar no Fleetloom', 'E-mail ou senha incorretos.', '15 minutos'],
    [
      'fr-CA, en;q=0.5',
      'fr',
      'Se connecter à Fleetloom',
      'L’e-mail ou le mot de passe est faux.',
      '15 minutes',
    ],
  ])('speaks to who reads %s in %s', async (accepted, language, heading, wrong, wait) => {
    await using site = await openSite()
    const headers = { 'Accept-Language': accepted }
    const shown = await site.request('/login', { headers })
    const html = await shown.text()
    expect(shown.headers.get('content-language')).toBe(language)
    expect(shown.headers.get('vary')).toContain('Accept-Language')
    expect(html).toContain(`<html lang="${language}">`)
    expect(html).toContain(heading)
    const fields = { email, password: 'wrong' }
    expect(await (await site.postForm('/login', fields, headers)).text()).toContain(wrong)
    for (let n = 0; n < 5; n += 1) await site.postForm('/login', fields, headers)
    expect(await (await site.postForm('/login', fields, headers)).text()).toContain(wait)
    const refused = await site.request('/dashboard', { headers: { ...headers, Accept: 'application/json' } })
    expect(await refused.json()).toMatchObject({
      status: 401,
      title: language === 'fr' ? 'Non authentifié' : 'Não autenticado',
    })
  })

  test.each(['invitation', 'reset'])(
    '/login/%s runs the script that its policy names, and no other',
    async (kind) => {
      await using site = await openSite()
      const response = await site.request(`/login/${kind}`)
      const html = await response.text()
      const scripts = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script ?? '')
      expect(scripts).toHaveLength(1)
      const digest = Buffer.from(
        await crypto.subtle.digest('SHA-256', Buffer.from(scripts[0] ?? '')),
      ).toString('base64')
      expect(response.headers.get('content-security-policy')).toContain(
        `script-src 'sha256-${digest}'; connect-src 'self'; form-action 'self'`,
      )
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(html).toContain('autocomplete="new-password"')
      expect(html.includes('name="name"')).toBe(kind === 'invitation')
    },
  )

  test('does not repeat markup, nor a way out of this site', async () => {
    await using site = await openSite()
    const evil = '"><img src=x onerror=alert(1)>'
    const shown = await (await site.request(`/login?next=${encodeURIComponent(`/${evil}`)}`)).text()
    expect(shown).not.toContain('<img')
    const failed = await site.postForm('/login', { email: evil, password: 'x', next: `/${evil}` })
    expect(failed.status).toBe(401)
    expect(await failed.text()).not.toContain('<img')
    const foreign = await (await site.request('/login?next=//evil.example&next=/x')).text()
    expect(foreign).not.toContain('name="next"')
  })

  test('asks for a code of those who have a second factor, and lets them in with it', async () => {
    await using site = await openSite()
    const { auth, clock } = site.world
    const begun = auth.secondFactors.begin(
      await site.world.addUser({ id: 'user-zoe', email: 'zoe@acme.example' }),
    )
    const secondFactor = { secret: begun.sealed, isConfirmed: true, recovery: [], usedStep: 0 }
    await site.world.change('user-zoe', { secondFactor })
    const fields = { email: 'zoe@acme.example', password }
    const asked = await site.postForm('/login', fields)
    expect(asked.status).toBe(401)
    expect(await asked.text()).toContain('autocomplete="one-time-code"')
    const wrong = await site.postForm('/login', { ...fields, code: '000000' })
    expect(wrong.status).toBe(401)
    expect(await wrong.text()).toContain('name="code"')
    const code = new TOTP({ secret: Secret.fromBase32(begun.secret) }).generate({ timestamp: clock.nowMs() })
    const welcome = await site.postForm('/login', { ...fields, code })
    expect(welcome.status).toBe(303)
    expect(welcome.headers.getSetCookie()[0]).toMatch(/^fleetloom=/)
  })

  test('says who is signed in already', async () => {
    await using site = await openSite()
    const cookie = await site.signIn()
    const html = await (await site.request('/login?next=/dashboard', { headers: { Cookie: cookie } })).text()
    expect(html).toContain(`signed in as ${email}. <a href="/dashboard">`)
  })
})

describe('signing in', () => {
  test('sets the cookie and leads to where one wanted to go', async () => {
    await using site = await openSite()
    const asked = await site.request('/dashboard?page=2', { headers: { Accept: 'text/html' } })
    expect(asked.status).toBe(302)
    expect(asked.headers.get('location')).toBe('/login?next=%2Fdashboard%3Fpage%3D2')
    const response = await site.postForm('/login', { email, password, next: '/dashboard?page=2' })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/dashboard?page=2')
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^fleetloom=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/)
    const seen = await site.request('/dashboard', { headers: { Cookie: cookie.split(';')[0] ?? '' } })
    expect(await seen.text()).toBe('dashboard')
  })

  test.each([
    ['platform-admin', null, '/editor/'],
    ['operator', 'acme', '/dashboard'],
    ['member', 'acme', '/dashboard'],
  ] as const)('without a wish leads a %s home', async (role, orgId, home) => {
    await using site = await openSite()
    await site.world.change('user-ann', { role, orgId })
    const response = await site.postForm('/login', { email, password })
    expect(response.headers.get('location')).toBe(home)
  })

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ])('never leads to %j', async (next) => {
    await using site = await openSite()
    const response = await site.postForm('/login', { email, password, next })
    expect(response.headers.get('location')).toBe('/editor/')
  })

  test('with a wrong password says so, keeps the e-mail and sets no cookie', async () => {
    await using site = await openSite()
    const response = await site.postForm('/login', { email, password: 'wrong', next: '/dashboard' })
    const html = await response.text()
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(html).toContain('role="alert">E-mail or password is wrong.')
    expect(html).toContain(`value="${email}"`)
    expect(html).toContain('name="next" value="/dashboard"')
    expect(html).not.toContain('wrong"')
  })

  test('shows the same for an unknown user', async () => {
    await using site = await openSite()
    const known = await (await site.postForm('/login', { email, password: 'wrong' })).text()
    const unknown = await (
      await site.postForm('/login', { email: 'bob@acme.example', password: 'wrong' })
    ).text()
    expect(unknown.replaceAll('bob@', 'ann@')).toBe(known)
  })

  test('is throttled', async () => {
    await using site = await openSite()
    for (let n = 0; n < 5; n += 1) await site.postForm('/login', { email, password: 'wrong' })
    const response = await site.postForm('/login', { email, password })
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('900')
    expect(await response.text()).toContain('try again in 15 minutes')
  })

  test('gives a new session and ends the one that the browser brought', async () => {
    await using site = await openSite()
    const first = await site.signIn()
    const response = await site.postForm('/login', { email, password }, { Cookie: first })
    expect(response.headers.getSetCookie()[0]).not.toContain(first)
    expect((await site.request('/dashboard', { headers: { Cookie: first } })).status).toBe(401)
  })

  test.each([
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: '' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('from a foreign page (%j) is refused', async (headers) => {
    await using site = await openSite()
    const response = await site.postForm('/login', { email, password }, headers)
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test.each([
    ['fields twice', 'email=a&email=b&password=c', 'application/x-www-form-urlencoded', 400],
    ['nested fields', 'email[$gt]=&password[$gt]=', 'application/x-www-form-urlencoded', 400],
    ['JSON', JSON.stringify({ email, password }), 'application/json', 400],
    ['nothing', '', 'application/x-www-form-urlencoded', 400],
    ['a megabyte', `email=${'x'.repeat(1_000_000)}`, 'application/x-www-form-urlencoded', 413],
  ])('with %s shows the form again', async (_, body, type, status) => {
    await using site = await openSite()
    const response = await site.request('/login', { method: 'POST', body, headers: { 'Content-Type': type } })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain('role="alert"')
  })
})

describe('signing out', () => {
  test('ends the session and takes the cookie away', async () => {
    await using site = await openSite()
    const cookie = await site.signIn()
    const response = await site.postForm('/logout', {}, { Cookie: cookie })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/login')
    expect(response.headers.getSetCookie()[0]).toMatch(/^fleetloom=; .*Max-Age=0$/)
    expect((await site.request('/dashboard', { headers: { Cookie: cookie } })).status).toBe(401)
  })

  test('cannot be done by a foreign page', async () => {
    await using site = await openSite()
    const cookie = await site.signIn()
    const response = await site.postForm('/logout', {}, { Cookie: cookie, Origin: 'http://evil.example' })
    expect(response.status).toBe(403)
    expect((await site.request('/dashboard', { headers: { Cookie: cookie } })).status).toBe(200)
  })
})

describe('a page behind the login', () => {
  test('answers programs with 401 instead of a page', async () => {
    await using site = await openSite()
    const json = await site.request('/dashboard', { headers: { Accept: 'application/json' } })
    expect(json.status).toBe(401)
    expect(json.headers.get('content-type')).toContain('application/problem+json')
    expect((await site.request('/dashboard', { method: 'POST' })).status).toBe(401)
  })
})

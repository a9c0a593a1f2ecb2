import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openSite, type Site } from '../../identity/sign-in/site.fixture.ts'
import { Allowances } from '../../platform/allowances.ts'
import { Upgrades } from './upgrades.ts'

const offencesAtOnce = 20

/** Whether the socket opened, or the status it was refused with. */
async function connect(site: Site, headers: Record<string, string>, path = '/live'): Promise<string> {
  const socket = new WebSocket(`${site.origin.replace('http', 'ws')}${path}`, { headers })
  const refused = once(socket, 'unexpected-response').then(([, response]: unknown[]) => response)
  const outcome = await Promise.race([once(socket, 'open').then(() => 'open'), refused])
  socket.on('error', () => undefined)
  socket.terminate()
  return outcome === 'open' ? 'open' : 'refused'
}

async function openLiveSite(): Promise<Site & { readonly seen: string[] }> {
  const site = await openSite()
  const seen: string[] = []
  const sockets = new WebSocketServer({ noServer: true })
  const upgrades = new Upgrades({
    sessions: site.world.auth.sessions,
    offences: new Allowances({ perSecond: 0, burst: offencesAtOnce }),
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
  })
  upgrades.listen(site.server)
  upgrades.open('/live', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, () => seen.push(request.headers.cookie ?? 'no cookie')),
  )
  return Object.assign(site, { seen })
}

test('a page of ours may open a socket with the session', async () => {
  await using site = await openLiveSite()
  const cookie = await site.signIn()
  expect(await connect(site, { Cookie: cookie, Origin: site.origin })).toBe('open')
  expect(site.seen).toEqual([cookie])
})

test.each(['http://evil.example', 'http://127.0.0.1:1', 'null'])('a page of %s may not', async (origin) => {
  await using site = await openLiveSite()
  const cookie = await site.signIn()
  expect(await connect(site, { Cookie: cookie, Origin: origin })).toBe('refused')
  expect(await connect(site, { Cookie: `x=y; ${cookie}`, Origin: origin })).toBe('refused')
  expect(site.seen).toEqual([])
})

test('without our cookie sockets prove themselves some other way', async () => {
  await using site = await openLiveSite()
  expect(await connect(site, { Origin: 'http://app.example', Cookie: 'theme=dark' })).toBe('open')
  expect(await connect(site, {})).toBe('open')
  expect(site.seen).toEqual(['theme=dark', 'no cookie'])
})

test('a path has a door, whatever query follows, or is refused', async () => {
  await using site = await openLiveSite()
  expect(await connect(site, {}, '/live?transport=websocket')).toBe('open')
  for (const path of ['/elsewhere', '/live/', '/', '//live', '/%00'])
    expect(await connect(site, {}, path)).toBe('refused')
})

test('who asks for sockets that are not there again and again gets none for a while', async () => {
  await using site = await openLiveSite()
  expect(await connect(site, {})).toBe('open')
  for (let i = 0; i < offencesAtOnce; i += 1) await connect(site, {}, '/elsewhere')
  expect(await connect(site, {})).toBe('refused')
})

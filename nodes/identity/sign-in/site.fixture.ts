import { createServer, type Server } from 'node:http'
import express, { type Express } from 'express'
import { createWorld, password, type World } from './auth.fixture.ts'
import { loginPage } from './login-page.ts'
import { requireSession } from './require-session.ts'

export interface Site extends AsyncDisposable {
  readonly world: World
  readonly server: Server
  readonly origin: string
  /** As a browser does: redirects are not followed, state-changing requests name this site as their origin. */
  request(path: string, init?: RequestInit): Promise<Response>
  postForm(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  /** Signs Ann in; gives the Cookie header. */
  signIn(): Promise<string>
}

/** The login page and a dashboard behind it, on a port of its own. */
export async function openSite(
  extend: (app: Express, world: World) => void = () => undefined,
): Promise<Site> {
  const world = await createWorld()
  await world.addUser()
  const app = express()
  app.use(loginPage(world.auth.sessions))
  app.get('/dashboard', requireSession(world.auth.sessions), (_, response) => void response.send('dashboard'))
  app.post('/dashboard', requireSession(world.auth.sessions), (_, response) => void response.send('changed'))
  extend(app, world)
  const server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  const origin = `http://127.0.0.1:${address.port}`

  const request = (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> => {
    const own = new Headers(init.method === undefined ? {} : { Origin: origin })
    for (const [name, value] of new Headers(headers)) own.set(name, value)
    return fetch(`${origin}${path}`, { redirect: 'manual', ...init, headers: own })
  }
  const postForm: Site['postForm'] = (path, fields, headers = {}) =>
    request(path, { method: 'POST', body: new URLSearchParams(fields), headers })

  return {
    world,
    server,
    origin,
    request,
    postForm,
    async signIn() {
      const response = await postForm('/login', { email: 'ann@acme.example', password })
      return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await world[Symbol.asyncDispose]()
    },
  }
}

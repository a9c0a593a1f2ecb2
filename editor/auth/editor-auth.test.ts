import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { password } from '../../nodes/identity/sign-in/auth.fixture.ts'

const startupMs = 60_000
const flows = [{ id: 'tab', type: 'tab', label: 'Deployed' }]

let child: ChildProcess
let userDir: string
let origin: string

beforeAll(async () => {
  userDir = await mkdtemp(join(tmpdir(), 'fleetloom-editor-'))
  await writeFile(join(userDir, 'package.json'), '{}')
  child = fork(join(import.meta.dirname, 'editor-site.fixture.ts'), [userDir], { execArgv: [] })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`Node-RED ended with ${code}`)
  })
  failed.catch(() => undefined)
  const [message] = await Promise.race([once(child, 'message'), failed])
  origin = `http://127.0.0.1:${z.object({ port: z.number() }).parse(message).port}`
}, startupMs)
afterAll(async () => {
  const exited = once(child, 'exit')
  child.send('stop')
  await exited
  await rm(userDir, { recursive: true })
}, startupMs)

async function cookieOf(name: string): Promise<string> {
  const response = await fetch(`${origin}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: origin },
    body: new URLSearchParams({ email: `${name}@acme.example`, password }),
  })
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const read = async (headers: Record<string, string>): Promise<number> =>
  (await fetch(`${origin}/editor/flows`, { headers })).status

const deploy = (headers: Record<string, string>): Promise<Response> =>
  fetch(`${origin}/editor/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(flows),
  })

async function grant(name: string, typed = password): Promise<Response> {
  const fields = {
    client_id: 'node-red-admin',
    grant_type: 'password',
    scope: '*',
    username: `${name}@acme.example`,
  }
  return fetch(`${origin}/editor/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...fields, password: typed }),
  })
}

const tokenSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(900),
})
const tokenOf = async (name: string): Promise<string> =>
  tokenSchema.parse(await (await grant(name)).json()).access_token

describe('a browser with our session', () => {
  test('a platform admin reads and deploys without Node-RED’s dialog', async () => {
    const Cookie = await cookieOf('ann')
    expect(await read({ Cookie })).toBe(200)
    const settings = await fetch(`${origin}/editor/settings`, { headers: { Cookie } })
    expect(await settings.json()).toMatchObject({ user: { username: 'ann@acme.example', permissions: '*' } })
    expect((await deploy({ Cookie, Origin: origin })).status).toBe(204)
  })

  test('who was given a role that reads flows looks, and changes nothing', async () => {
    const Cookie = await cookieOf('will')
    const headers = { Cookie, Origin: origin }
    expect(await read({ Cookie })).toBe(200)
    const settings = await fetch(`${origin}/editor/settings`, { headers })
    expect(await settings.json()).toMatchObject({ user: { permissions: 'read' } })
    const refused = await deploy(headers)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({
      detail: expect.stringContaining('modules:flows:flows:deploy'),
    })
    const changes: readonly [string, string][] = [
      ['POST', 'flow'],
      ['PUT', 'flow/tab'],
      ['DELETE', 'flow/tab'],
      ['POST', 'nodes'],
      ['PUT', 'nodes/node-red'],
      ['DELETE', 'nodes/node-red'],
      ['DELETE', 'context/global/x'],
      ['POST', 'inject/x'],
      ['POST', 'library/local/flows/x'],
    ]
    for (const [method, path] of changes) {
      const { status } = await fetch(`${origin}/editor/${path}`, { method, headers })
      expect([method, path, status]).toEqual([method, path, 403])
    }
  })

  test.each([
    ['an operator of an organization', 'olga', 403],
    ['a member', 'max', 403],
    ['nobody', undefined, 401],
  ])('%s sees nothing', async (_, name, deploying) => {
    const Cookie = name === undefined ? 'fleetloom=made-up' : await cookieOf(name)
    expect(await read({ Cookie })).toBe(401)
    expect((await deploy({ Cookie, Origin: origin })).status).toBe(deploying)
    expect((await fetch(`${origin}/editor/settings`, { headers: { Cookie } })).status).toBe(401)
    expect((await fetch(`${origin}/editor/nodes`, { headers: { Cookie } })).status).toBe(401)
  })

  test.each([
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'same-site' },
    {},
    { Origin: 'http://evil.example', Authorization: 'Basic eDp5' },
  ])('a foreign page (%j) cannot deploy in its name', async (headers) => {
    const response = await deploy({ Cookie: await cookieOf('ann'), ...headers })
    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
  })

  test('the editor’s logout ends the session', async () => {
    const Cookie = await cookieOf('ann')
    const response = await fetch(`${origin}/editor/auth/revoke`, {
      method: 'POST',
      headers: { Cookie, Origin: origin },
      body: new URLSearchParams({ token: '' }),
    })
    expect(await response.json()).toEqual({ redirect: '/login' })
    expect(response.headers.getSetCookie()[0]).toContain('Max-Age=0')
    expect(await read({ Cookie })).toBe(401)
  })

  test('the editor’s dialog sends to our page', async () => {
    const response = await fetch(`${origin}/editor/auth/login`)
    expect(await response.json()).toEqual({
      prompts: [{ type: 'button', label: 'Sign in', url: '/login?next=%2Feditor%2F' }],
    })
  })
})

describe('a tool', () => {
  test('gets a token with the password grant, and deploys with it', async () => {
    const Authorization = `Bearer ${await tokenOf('ann')}`
    expect(await read({ Authorization })).toBe(200)
    expect((await deploy({ Authorization })).status).toBe(204)
  })

  test('may do no more than its user', async () => {
    const Authorization = `Bearer ${await tokenOf('olga')}`
    expect(await read({ Authorization })).toBe(401)
    expect((await deploy({ Authorization })).status).toBe(403)
  })

  test('acts in the name of its token even when a cookie comes along', async () => {
    const Authorization = `Bearer ${await tokenOf('olga')}`
    expect((await deploy({ Authorization, Cookie: await cookieOf('ann'), Origin: origin })).status).toBe(403)
    expect(await read({ Authorization: 'Bearer a.b.c', Cookie: await cookieOf('ann') })).toBe(401)
  })

  test('can revoke its token', async () => {
    const token = await tokenOf('ann')
    await fetch(`${origin}/editor/auth/revoke`, { method: 'POST', body: new URLSearchParams({ token }) })
    expect(await read({ Authorization: `Bearer ${token}` })).toBe(401)
  })

  test('with a wrong password gets none; other grants there are not', async () => {
    const wrong = await grant('olga', 'wrong')
    expect(wrong.status).toBe(400)
    expect(await wrong.json()).toEqual({ error: 'invalid_grant' })
    const code = new URLSearchParams({ code: 'x' })
    const other = await fetch(`${origin}/editor/auth/token`, { method: 'POST', body: code })
    expect(await other.json()).toEqual({ error: 'unsupported_grant_type' })
  })
})

describe('the editor’s socket', () => {
  /** What comes first: the runtime's state (`open`), a refusal, or the end. */
  async function firstOf(headers: Record<string, string>, packet?: object): Promise<string> {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/editor/comms`, { headers })
    socket.on('error', () => undefined)
    if (packet !== undefined) socket.once('open', () => socket.send(JSON.stringify(packet)))
    const first = await new Promise<string>((resolve) => {
      socket.once('message', (data: Buffer) => resolve(data.toString()))
      socket.once('close', () => resolve('closed'))
    })
    socket.terminate()
    return first
  }

  test('opens with the session from our own page', async () => {
    const Cookie = await cookieOf('ann')
    expect(await firstOf({ Cookie, Origin: origin }, { subscribe: 'notification/#' })).toContain(
      'notification',
    )
  })

  test('does not open for a foreign page or a made-up session, and tells nothing to nobody', async () => {
    const Cookie = await cookieOf('ann')
    expect(await firstOf({ Cookie, Origin: 'http://evil.example' }, { subscribe: 'notification/#' })).toBe(
      'closed',
    )
    expect(await firstOf({ Cookie: 'fleetloom=x', Origin: origin }, { subscribe: '#' })).toBe('closed')
    expect(await firstOf({}, { subscribe: '#' })).toBe('closed')
    expect(await firstOf({}, { auth: await tokenOf('ann') })).toBe('closed')
  })

  test('opens for a tool with its token, and for nobody who may not look', async () => {
    const as = async (name: string): Promise<Record<string, string>> => ({
      Authorization: `Bearer ${await tokenOf(name)}`,
    })
    expect(await firstOf(await as('ann'), { subscribe: 'notification/#' })).toContain('notification')
    expect(await firstOf(await as('olga'), { subscribe: 'notification/#' })).toBe('closed')
  })

  test('says so and closes when the session ends', async () => {
    const Cookie = await cookieOf('ann')
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/editor/comms`, {
      headers: { Cookie, Origin: origin },
    })
    await once(socket, 'open')
    const last = once(socket, 'message')
    const closed = once(socket, 'close')
    await fetch(`${origin}/logout`, { method: 'POST', headers: { Cookie, Origin: origin } })
    expect(String((await last)[0])).toBe('{"auth":"fail"}')
    await closed
  })

  test.each([
    'null',
    '"x"',
    '[]',
    '{}',
    '{"auth":{}}',
    '{"subscribe":{}}',
    '{"subscribe":"a{999999999}"}',
    `{"subscribe":"${'+'.repeat(40)}!"}`,
    '{"topic":{"toString":1}}',
    '{"__proto__":{"subscribe":"#"}}',
    'no JSON',
    'x'.repeat(100_000),
  ])('ends with the frame %.40s, and nothing else does', async (frame) => {
    const Cookie = await cookieOf('ann')
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/editor/comms`, {
      headers: { Cookie, Origin: origin },
    })
    socket.on('error', () => undefined)
    await once(socket, 'open')
    const answered = Promise.race([once(socket, 'close'), once(socket, 'message')])
    socket.send(frame)
    await answered
    socket.terminate()
    expect(await firstOf({ Cookie, Origin: origin }, { subscribe: 'notification/#' })).toContain(
      'notification',
    )
  })
})

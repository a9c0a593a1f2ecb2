import { describe, expect, test } from 'vitest'
import type { Authenticator, LoginOutcome, UserView } from '../authenticator.ts'
import type { Principal } from '../../platform/kit/endpoints/principal.ts'
import type { AnyOperation, Outcome } from '../../platform/kit/endpoints/operation.ts'
import { operation as login } from './login.ts'
import { operation as logout } from './logout.ts'
import { operation as me } from './me.ts'
import { operation as refresh } from './refresh.ts'

const ann: UserView = { id: 'u1', email: 'ann@acme.example', name: 'Ann', role: 'operator', orgId: 'acme' }
const tokens = { accessToken: 'a', refreshToken: 'r', expiresIn: 900 }
const principal: Principal = {
  kind: 'user',
  userId: 'u1',
  email: ann.email,
  role: ann.role,
  permissions: ['modules:iot:*:read'],
  orgId: 'acme',
  by: 'token',
  signInId: 'sign-in-1',
}

function call(
  operation: AnyOperation,
  identity: Partial<Authenticator>,
  parts: { readonly body?: unknown; readonly principal?: Principal } = {},
): Promise<Outcome> {
  const request = {
    params: {},
    query: {},
    body: parts.body,
    principal: parts.principal,
    orgId: '',
    requestId: 'request',
    address: '203.0.113.7',
  }
  return operation.handle(request, { identity })
}

const answering = (outcome: LoginOutcome): Partial<Authenticator> => ({
  login: () => Promise.resolve(outcome),
  refresh: () => Promise.resolve(outcome),
})
const credentials = { email: ann.email, password: 'x' }

describe('login and refresh', () => {
  test.each([login, refresh])('a welcome is 200 with tokens and user, for no cache', async (operation) => {
    const outcome = await call(operation, answering({ kind: 'welcome', user: ann, tokens }), {
      body: credentials,
    })
    expect(outcome).toEqual({
      kind: 'reply',
      status: 200,
      body: { ...tokens, user: ann },
      headers: { 'Cache-Control': 'no-store' },
    })
    expect(operation.responses[200]?.schema?.safeParse({ ...tokens, user: ann }).success).toBe(true)
  })

  test.each([login, refresh])('a refusal is 401', async (operation) => {
    const outcome = await call(operation, answering({ kind: 'refused' }), { body: credentials })
    expect(outcome).toMatchObject({ kind: 'problem', problem: { status: 401 } })
  })

  test('too many attempts are 429 and say when to come back', async () => {
    const outcome = await call(login, answering({ kind: 'throttled', retryAfterSeconds: 17 }), {
      body: credentials,
    })
    expect(outcome).toMatchObject({ problem: { status: 429 }, headers: { 'Retry-After': '17' } })
  })

  test('the caller’s address is what is throttled', async () => {
    const calls: unknown[] = []
    await call(
      login,
      {
        login: (...given) => {
          calls.push(given)
          return Promise.resolve({ kind: 'refused' })
        },
      },
      { body: credentials },
    )
    expect(calls).toEqual([[ann.email, 'x', '203.0.113.7', undefined]])
  })

  test.each([
    ['an operator object', { email: { $gt: '' }, password: { $gt: '' } }],
    ['a field too many', { ...credentials, role: 'platform-admin' }],
    ['a megabyte of password', { ...credentials, password: 'x'.repeat(1_000_000) }],
    ['nothing', undefined],
  ])('%s is no login', (_, body) => {
    expect(login.body?.safeParse(body).success).toBe(false)
  })
})

test('logout is 204, for tokens that mean nothing too', async () => {
  const ended: string[] = []
  const auth = {
    logout: (token: string) => {
      ended.push(token)
      return Promise.resolve()
    },
  }
  expect(await call(logout, auth, { body: { refreshToken: 'r' } })).toEqual({ kind: 'reply', status: 204 })
  expect(ended).toEqual(['r'])
})

describe('me', () => {
  test('a user sees who they are and what they may', async () => {
    const outcome = await call(me, { user: () => Promise.resolve(ann) }, { principal })
    expect(outcome).toMatchObject({ status: 200, body: { ...ann, permissions: ['modules:iot:*:read'] } })
  })

  test('a user removed meanwhile is 401, a device 403', async () => {
    const gone = { user: () => Promise.resolve(undefined) }
    expect(await call(me, gone, { principal })).toMatchObject({ problem: { status: 401 } })
    const device: Principal = { kind: 'device', deviceId: 'd', orgId: 'acme', permissions: [] }
    expect(await call(me, gone, { principal: device })).toMatchObject({ problem: { status: 403 } })
  })
})

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Authentication } from '../identity/authenticator.ts'
import type { Principal, UserPrincipal } from '../platform/kit/endpoints/principal.ts'
import { devicePermissions, permissionsOf, type Role, roles } from '../identity/roles.ts'
import { utf8Bytes } from '../platform/kit/bytes.ts'
import { type Admission, admit, locate, parseParts, isNameable } from './check-request.ts'
import type { Access } from '../platform/kit/endpoints/operation.ts'

const userOf = (orgId: string | undefined, role: string): UserPrincipal => ({
  kind: 'user',
  userId: 'u1',
  email: 'ann@acme.example',
  role,
  permissions: permissionsOf(role),
  orgId,
  by: 'token',
  signInId: 'sign-in-1',
})
const device: Principal = { kind: 'device', deviceId: 'd1', orgId: 'acme', permissions: devicePermissions }
const user = (role: string): UserPrincipal => userOf('acme', role)
const everywhere = userOf(undefined, 'platform-admin')
const as = (principal: Principal): Authentication => ({ kind: 'authenticated', principal })
const statusOf = (admission: Admission): number =>
  admission.kind === 'admitted' ? 200 : admission.problem.status

describe('who may', () => {
  const table: readonly (readonly [Access, readonly Role[]])[] = [
    ['signed-in', roles],
    ['public', roles],
    ['modules:iot:devices:read', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
    ['modules:iot:devices:create', ['platform-admin', 'company-admin', 'org-admin']],
    ['modules:iot:commands:create', ['platform-admin', 'company-admin', 'org-admin', 'operator']],
    ['modules:identity:users:create', ['platform-admin', 'company-admin', 'org-admin']],
    ['modules:identity:organizations:create', ['platform-admin', 'company-admin']],
    ['modules:platform:quotas:update', ['platform-admin']],
  ]
  const cases = table.flatMap(([access, admitted]) =>
    roles.map((role) => [role, access, admitted.includes(role) ? 200 : 403] as const),
  )

  test.each(cases)('%s, %s: %i', (role, access, status) => {
    expect(statusOf(admit(as(user(role)), { access }))).toBe(status)
  })

  test.each<[string, Authentication, Access, number]>([
    ['nobody', { kind: 'anonymous' }, 'public', 200],
    ['nobody', { kind: 'anonymous' }, 'signed-in', 401],
    ['nobody', { kind: 'anonymous' }, 'modules:iot:devices:read', 401],
    ['an expired token', { kind: 'rejected', reason: 'expired' }, 'public', 200],
    ['an expired token', { kind: 'rejected', reason: 'expired' }, 'signed-in', 401],
    ['an expired token', { kind: 'rejected', reason: 'expired' }, 'modules:iot:devices:read', 401],
    ['a page of another site', { kind: 'cross-site', reason: 'origin' }, 'signed-in', 403],
    ['a page of another site', { kind: 'cross-site', reason: 'origin' }, 'modules:iot:devices:read', 403],
    ['a role that does not exist', as(user('god')), 'modules:iot:devices:read', 403],
    ['a device', as(device), 'modules:iot:readings:create', 200],
    ['a device', as(device), 'modules:iot:readings:read', 403],
    ['a device', as(device), 'modules:iot:devices:read', 403],
  ])('%s %o, %s: %i', (_, authentication, access, status) => {
    expect(statusOf(admit(authentication, { access }))).toBe(status)
  })

  test('the reason of a rejection stays in the log', () => {
    const admission = admit({ kind: 'rejected', reason: 'signature' }, { access: 'signed-in' })
    expect(JSON.stringify(admission)).not.toContain('signature')
  })

  test('a public operation knows who is there', () => {
    expect(admit(as(device), { access: 'public' })).toEqual({ kind: 'admitted', principal: device })
  })
})

describe('what is one’s own', () => {
  const reading = {
    access: 'modules:alerts:notifications:read',
    ownership: 'modules:alerts:own-notifications:read',
  } as const

  test('is enough for a member, who is then named as the owner', () => {
    expect(admit(as(user('member')), reading)).toMatchObject({ kind: 'admitted', ownerId: 'u1' })
  })

  test('does not bind those who may do it with everybody’s', () => {
    expect(admit(as(user('operator')), reading)).not.toHaveProperty('ownerId')
  })

  test('is nothing to devices, to strangers, and where an operation does not speak of it', () => {
    const { access } = reading
    expect(statusOf(admit(as(device), reading))).toBe(403)
    expect(statusOf(admit({ kind: 'anonymous' }, reading))).toBe(401)
    expect(statusOf(admit(as(user('member')), { access }))).toBe(403)
  })
})

describe('which organization it is about', () => {
  const scoped = { access: 'modules:iot:devices:read' } as const
  const missing = { kind: 'refused', problem: { status: 404, detail: 'no such organization' } }

  test("is the caller's own, named or not", () => {
    expect(locate(scoped, user('operator'), undefined)).toEqual({ kind: 'located', orgId: 'acme' })
    expect(locate(scoped, user('operator'), 'acme')).toEqual({ kind: 'located', orgId: 'acme' })
    expect(locate(scoped, device, undefined)).toEqual({ kind: 'located', orgId: 'acme' })
  })

  test("somebody else's is as missing as one that never was", () => {
    expect(locate(scoped, user('org-admin'), 'other')).toMatchObject(missing)
    expect(locate(scoped, user('org-admin'), 'never-was')).toEqual(locate(scoped, user('org-admin'), 'other'))
    expect(locate(scoped, device, 'other')).toMatchObject(missing)
  })

  test('is named by those who have all of them', () => {
    expect(locate(scoped, everywhere, 'other')).toEqual({ kind: 'located', orgId: 'other' })
    for (const named of [undefined, '']) {
      expect(locate(scoped, everywhere, named)).toMatchObject({
        problem: { status: 400, errors: [{ path: 'header.X-Organization' }] },
      })
    }
  })

  test('is the own one of a company admin, or another that is named; whether it may be is asked elsewhere', () => {
    const admin: Principal = { ...userOf('acme', 'company-admin'), companyId: 'group' }
    expect(locate(scoped, admin, undefined)).toEqual({ kind: 'located', orgId: 'acme' })
    expect(locate(scoped, admin, 'other')).toEqual({ kind: 'located', orgId: 'other' })
    expect(locate(scoped, user('company-admin'), 'other')).toMatchObject(missing)
  })

  test('may be left out where an operation is about the whole platform then, by those who have all', () => {
    const optional = { ...scoped, scope: 'optional' } as const
    expect(locate(optional, everywhere, undefined)).toEqual({ kind: 'located', orgId: '' })
    expect(locate(optional, everywhere, 'other')).toEqual({ kind: 'located', orgId: 'other' })
    expect(locate(optional, user('org-admin'), undefined)).toEqual({ kind: 'located', orgId: 'acme' })
    expect(locate(optional, user('org-admin'), 'other')).toMatchObject(missing)
  })

  test.each<[string, Parameters<typeof locate>[0]]>([
    ['the platform', { access: 'modules:identity:organizations:create', scope: 'platform' }],
    ['anybody', { access: 'public' }],
    ['whoever is signed in', { access: 'signed-in' }],
  ])('operations of %s need none', (_, operation) => {
    expect(locate(operation, everywhere, undefined)).toEqual({ kind: 'located', orgId: '' })
    expect(locate(operation, undefined, undefined)).toEqual({ kind: 'located', orgId: '' })
    expect(locate(operation, user('member'), 'other')).toEqual({ kind: 'located', orgId: 'acme' })
  })
})

test.each(['', 'a'.repeat(201), 'a\u0000b', '\u007f', '\ud800', 7, undefined])(
  'what nothing can be called (%j) is missing, and no store is asked',
  (name) => {
    const isEmpty = name === ''
    expect(isNameable(name)).toBe(isEmpty)
    const parts = { params: { id: name }, query: {}, body: undefined, text: undefined }
    expect(parseParts({ params: z.object({ id: z.any() }) }, parts)).toMatchObject(
      isEmpty ? { kind: 'parsed' } : { kind: 'refused', problem: { status: 404 } },
    )
  },
)

test.each([
  ['{"email":"\\udc00x"}', 400],
  ['{"email":"\\ud83dx"}', 400],
  [`${'['.repeat(65)}${']'.repeat(65)}`, 400],
  ['{"email":"\\ud83d\\ude00"}', undefined],
  ['{"email":"\\\\ud83d"}', undefined],
  [`${'['.repeat(64)}${']'.repeat(64)}`, undefined],
])('the body %.40s: %s', (text, status) => {
  const parts = { params: {}, query: {}, body: undefined, text }
  const parsed = parseParts({ body: z.any() }, parts)
  expect(parsed.kind === 'refused' ? parsed.problem.status : undefined).toBe(status)
})

describe('the parts of a request', () => {
  const operation = {
    params: z.object({ id: z.string() }),
    query: z.object({ limit: z.coerce.number().int().max(100).default(10) }),
    body: z.strictObject({ name: z.string().min(1) }),
  }
  const parts = (changes: object): Parameters<typeof parseParts>[1] => ({
    params: { id: 'd1' },
    query: {},
    body: utf8Bytes('{"name":"x"}'),
    text: '{"name":"x"}',
    ...changes,
  })

  test('come out parsed', () => {
    expect(parseParts(operation, parts({ query: { limit: '5' } }))).toEqual({
      kind: 'parsed',
      params: { id: 'd1' },
      query: { limit: 5 },
      body: { name: 'x' },
    })
  })

  test.each([
    ['a parameter', { params: {} }, 'params.id'],
    ['a number in the query', { query: { limit: 'many' } }, 'query.limit'],
    ['an operator as a name', { query: { $where: '1' } }, 'query.$where'],
    [
      'a name that the operation does not know',
      { query: { limit: '5', timezone: 'Europe/Rome' } },
      'query.timezone',
    ],
    ['a name that every object has', { query: { constructor: 'x' } }, 'query.constructor'],
    ['a number beyond its range', { query: { limit: '1e9' } }, 'query.limit'],
    ['an operator in the query', { query: { limit: { $gt: '' } } }, 'query.limit'],
    ['a field', { text: '{"name":5}' }, 'body.name'],
    ['an operator in the body', { text: '{"name":{"$gt":""}}' }, 'body.name'],
    ['a field that does not exist', { text: '{"name":"x","role":"platform-admin"}' }, 'body'],
    ['a body that is missing', { text: '' }, 'body'],
    ['a body that is not JSON', { text: '{"name":' }, 'body'],
  ])('%s that is wrong is named', (_, changes, at) => {
    expect(parseParts(operation, parts(changes))).toMatchObject({
      kind: 'refused',
      problem: { status: 400, errors: [{ path: at }] },
    })
  })

  test('bytes that are no text are refused', () => {
    expect(parseParts(operation, parts({ text: undefined }))).toMatchObject({
      problem: { status: 400, detail: 'body: not valid UTF-8', errors: [{ path: 'body' }] },
    })
  })

  test('a prototype in the body is a field like another', () => {
    expect(parseParts(operation, parts({ text: '{"name":"x","__proto__":{"isAdmin":true}}' }))).toMatchObject(
      {
        kind: 'refused',
      },
    )
    expect({}).not.toHaveProperty('isAdmin')
  })

  test('without schemas a body is not looked at, and nothing handed on; a query has no names that it could have', () => {
    expect(parseParts({}, parts({ text: 'not JSON' }))).toEqual({
      kind: 'parsed',
      params: {},
      query: {},
      body: undefined,
    })
  })

  test('an operation that takes bytes gets them as they came, JSON or not', () => {
    const taking = { body: z.instanceof(Uint8Array), bodyKind: 'bytes' } as const
    const body = new Uint8Array([0xff])
    expect(parseParts(taking, parts({ body, text: undefined }))).toMatchObject({ kind: 'parsed', body })
    for (const none of [undefined, new Uint8Array()])
      expect(parseParts(taking, parts({ body: none }))).toMatchObject({
        kind: 'refused',
        problem: { status: 400, errors: [{ path: 'body' }] },
      })
    expect(parseParts({ ...taking, bodyKind: 'stream' }, parts({}))).toMatchObject({ kind: 'refused' })
  })
})

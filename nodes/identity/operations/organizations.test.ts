import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type Call, callOperation } from '../../http/call-operation.fixture.ts'
import type { AnyOperation } from '../../platform/kit/endpoints/operation.ts'
import { nodeSecrets } from '../../platform/secrets.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { virtualClock } from '../../platform/testing/virtual-clock.fixture.ts'
import { domain, type Identity } from '../domain.ts'
import { aUser } from '../principals.fixture.ts'
import { operation as createCompany } from './create-company.ts'
import { operation as listCompanies } from './list-companies.ts'
import { organizationCollection, timeZoneOf } from '../organization.ts'
import { operation as createOrganization } from './create-organization.ts'
import { operation as listOrganizations } from './list-organizations.ts'
import { operation as updateOrganization } from './update-organization.ts'

let folder: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-organizations-'))
  store = await openSqliteStore({ directory: folder })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

async function open(): Promise<Identity> {
  const signIn = { signIns: { changed: () => undefined } }
  const { service } = await domain.start({ store, clock: virtualClock(0), secrets: nodeSecrets, signIn })
  return service
}

async function call(operation: AnyOperation, parts: Call = {}): Promise<Answer> {
  const clock = virtualClock(0)
  const service = await open()
  const needed = { store, clock, secrets: nodeSecrets, identity: service }
  return callOperation(operation, needed, { principal: aUser('platform-admin'), ...parts })
}
const organizations = async (): Promise<unknown[]> =>
  (await store.platform(organizationCollection).find()).items.map(({ document }) => document.name)

describe('organizations', () => {
  test('are where they say, if there is such a zone', async () => {
    await call(createOrganization, { body: { id: 'acme', name: 'Acme' } })
    const move = (timeZone: string) =>
      call(updateOrganization, { params: { id: 'acme' }, body: { timeZone } })
    expect(await move('America/Sao_Paulo')).toMatchObject({
      status: 200,
      body: { timeZone: 'America/Sao_Paulo' },
    })
    expect(await move('Nowhere/Else')).toMatchObject({ status: 400 })
    expect(await timeZoneOf(store, 'acme')).toBe('America/Sao_Paulo')
    expect(await timeZoneOf(store, 'bolt')).toBe('UTC')
  })

  test('are made, listed by pages and renamed', async () => {
    const made = await call(createOrganization, { body: { id: 'acme', name: 'Acme' } })
    expect(made).toMatchObject({ status: 201, body: { id: 'acme', name: 'Acme' } })
    await call(createOrganization, { body: { id: 'bolt', name: 'Bolt' } })
    expect(await call(listOrganizations, { query: { limit: '1' } })).toMatchObject({
      status: 200,
      body: { items: [{ id: 'acme' }], nextCursor: expect.any(String) },
    })
    const renamed = await call(updateOrganization, { params: { id: 'bolt' }, body: { name: 'Bolt & Nut' } })
    expect(renamed).toMatchObject({ status: 200, body: { id: 'bolt', name: 'Bolt & Nut' } })
    expect(await organizations()).toEqual(['Acme', 'Bolt & Nut'])
  })

  test('wait for a database of its own that another gets only where they want the same id', async () => {
    const dedicate = store.dedicate?.bind(store)
    const gate = Promise.withResolvers<void>()
    Reflect.set(store, 'dedicate', async (orgId: string) => {
      await gate.promise
      await dedicate?.(orgId)
    })
    const identity = await open()
    const fenced = identity.createOrganization({ id: 'acme', name: 'Acme', isolation: 'dedicated' })
    const rival = identity.createOrganization({ id: 'acme', name: 'Rival' })
    expect(await identity.createOrganization({ id: 'bolt', name: 'Bolt' })).toMatchObject({ kind: 'created' })
    expect(await organizations()).toEqual(['Bolt'])
    gate.resolve()
    expect(await fenced).toMatchObject({ kind: 'created', organization: { isolation: 'dedicated' } })
    expect(await rival).toEqual({ kind: 'exists', field: 'id' })
  })

  test.each<[string, AnyOperation, Call, number, string?]>([
    ['one without a name', createOrganization, { body: {} }, 400, 'body.name'],
    ['a field that there is not', createOrganization, { body: { name: 'New', role: 'admin' } }, 400, 'body'],
    ['a name that is taken', createOrganization, { body: { name: 'Acme' } }, 409, 'body.name'],
    ['an id that is taken', createOrganization, { body: { id: 'acme', name: 'New' } }, 409, 'body.id'],
    ['a page of none', listOrganizations, { query: { limit: '0' } }, 400, 'query.limit'],
    ['one that there is not', updateOrganization, { params: { id: 'nobody' }, body: { name: 'New' } }, 404],
    [
      'a name of another',
      updateOrganization,
      { params: { id: 'bolt' }, body: { name: 'Acme' } },
      409,
      'body.name',
    ],
    ['another id', updateOrganization, { params: { id: 'bolt' }, body: { id: 'acme' } }, 400, 'body'],
  ])('%s is refused', async (_name, operation, parts, status, field) => {
    for (const [id, name] of [
      ['acme', 'Acme'],
      ['bolt', 'Bolt'],
    ])
      await call(createOrganization, { body: { id, name } })
    const answer = await call(operation, parts)
    expect(answer).toMatchObject({ status, ...(field && { body: { errors: [{ path: field }] } }) })
    expect(await organizations()).toEqual(['Acme', 'Bolt'])
  })

  test('are grouped by companies, whose admins see, make and change those of their own', async () => {
    const made = await call(createCompany, { body: { name: 'Group' } })
    const companyId: string = Object(made.body).company.id
    await call(createOrganization, { body: { id: 'acme', name: 'Acme', companyId } })
    await call(createOrganization, { body: { id: 'bolt', name: 'Bolt' } })
    const as = { principal: aUser('company-admin', { companyId }) }
    const added = await call(createOrganization, { ...as, body: { id: 'acme-2', name: 'Acme 2' } })
    expect(added).toMatchObject({ status: 201, body: { companyId } })
    expect(await call(listOrganizations, as)).toMatchObject({
      body: { items: [{ id: 'acme' }, { id: 'acme-2' }] },
    })
    expect(await call(listCompanies, as)).toMatchObject({ body: { items: [{ name: 'Group' }] } })
    const rename = { ...as, body: { name: 'New' } }
    expect((await call(updateOrganization, { ...rename, params: { id: 'acme-2' } })).status).toBe(200)
    const foreign = await call(updateOrganization, { ...rename, params: { id: 'bolt' } })
    expect(foreign).toEqual(await call(updateOrganization, { ...rename, params: { id: 'nobody' } }))
    expect(foreign.status).toBe(404)
  })

  test.each<[string, AnyOperation, Call, number]>([
    [
      'take one into another company',
      updateOrganization,
      { params: { id: 'acme' }, body: { companyId: null } },
      400,
    ],
    ['make one of another company', createOrganization, { body: { name: 'New', companyId: 'other' } }, 400],
  ])('a company admin cannot %s', async (_, operation, parts, status) => {
    await call(createOrganization, { body: { id: 'acme', name: 'Acme' } })
    const principal = aUser('company-admin', { companyId: 'group' })
    expect((await call(operation, { ...parts, principal })).status).toBe(status)
  })

  test('an admin of an organization without a company has that one only', async () => {
    await call(createOrganization, { body: { id: 'acme', name: 'Acme' } })
    await call(createOrganization, { body: { id: 'bolt', name: 'Bolt' } })
    const as = { principal: aUser('company-admin') }
    expect(await call(listOrganizations, as)).toMatchObject({ body: { items: [{ id: 'acme' }] } })
    expect((await call(createOrganization, { ...as, body: { name: 'New' } })).status).toBe(403)
  })

  test('a company that there is not is no company of anybody', async () => {
    const answer = await call(createOrganization, { body: { name: 'New', companyId: 'none' } })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'body.companyId' }] } })
  })
})

import path from 'node:path'
import { openFileArchive } from '../../../engines/archive/file.ts'
import { openSqliteSeries } from '../../../engines/series/sqlite.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { organizationCollection } from '../organization.ts'
import { userCollection } from '../user.ts'
import { type Note, notedSpec, withNotes } from '../../platform/kit/audit/note.ts'
import type { SeriesStore } from '../../platform/series/port.ts'
import { START_MS } from '../../platform/series/contract/fixture.ts'
import { type Thing, THINGS } from '../../platform/store/contract/fixture.ts'
import type { CollectionSpec, Document, Store } from '../../platform/store/port.ts'
import { exportOrganization, type Exported } from './export-organization.ts'
import { importOrganization, type Imported } from './import-organization.ts'
import type { OrganizationParts } from './parts.ts'

const credentialSecret = 'a secret for tests, long enough'
const collections: readonly CollectionSpec<Document>[] = [organizationCollection, THINGS, userCollection]
const things = notedSpec(THINGS)

export interface OpenParts extends OrganizationParts {
  close(): Promise<void>
}

/** What MongoDB keeps instead, when it is given. */
export interface Elsewhere {
  readonly store: Store
  readonly series: SeriesStore
}

export async function openParts(directory: string, elsewhere?: Elsewhere): Promise<OpenParts> {
  const store = elsewhere?.store ?? (await openSqliteStore({ directory: path.join(directory, 'store') }))
  const series = elsewhere?.series ?? (await openSqliteSeries({ directory: path.join(directory, 'series') }))
  const archive = await openFileArchive(path.join(directory, 'archive'))
  return {
    store,
    series,
    archive,
    collections,
    credentialSecret,
    async close() {
      await archive.close()
      if (elsewhere !== undefined) return
      await series.close()
      await store.close()
    },
  }
}

const createdAt = '2026-01-02T03:04:05.000Z'
const user = (id: string, orgId: string) =>
  ({
    id,
    email: `${id}@example.com`,
    name: id,
    role: 'operator',
    orgId,
    passwordHash: 'scrypt$…',
    isEnabled: true,
    createdAt,
  }) as const
const note: Note = {
  noteId: 'n1',
  chain: 'acme',
  atMs: 5,
  actor: { kind: 'user', id: 'u' },
  permission: 'p',
  resource: 'things/t1',
  address: '',
  requestId: 'r',
}

/** An organization with something of everything, and another beside it. */
export async function fill({ archive, series, store }: OrganizationParts): Promise<void> {
  for (const id of ['acme', 'other'])
    await store.platform(organizationCollection).insert({ id, name: `Of ${id}`, createdAt, companyId: 'c1' })
  for (const [id, orgId] of Object.entries({ ada: 'acme', bob: 'other' }))
    await store.platform(userCollection).insert(user(id, orgId))
  const own = store.organization('acme').collection(things)
  const documents = Array.from({ length: 130 }, (_, n): Thing => {
    const place = { latitude: n / 10, longitude: 7 }
    return { id: `t${n}`, login: `login-${n}`, name: `é\n${n}`, rank: n / 3, place }
  })
  await own.insertInOrder(documents)
  await own.update('t1', (thing) => withNotes(thing, [note]))
  await store.organization('other').collection(things).insert({ id: 'theirs' })
  for (const [orgId, deviceId] of [
    ['acme', 'd1'],
    ['acme', 'd2'],
    ['other', 'd3'],
  ] as const)
    await series.append(
      Array.from({ length: 2500 }, (_, n) => ({
        orgId,
        deviceId,
        port: 1 + (n % 2),
        ts: START_MS + n * 1000,
        rawValue: n / 7,
        calibratedValue: n / 7 + 1,
        quality: n % 3 === 0 ? 'suspect' : 'good',
        ingestTs: START_MS + n * 1000 + 5,
      })),
    )
  await series.flush()
  await archive.put('org=acme/day=2025-09-06/part-1.parquet', Buffer.alloc(2.5 * 1024 * 1024, 'x'))
  await archive.put('org=acme/manifest/1.json', Buffer.from('{}'))
  await archive.put('org=acme-2/manifest/1.json', Buffer.from('{"not":"ours"}'))
}

/** All that can be read of it. */
export async function contentOf({ archive, series, store }: OrganizationParts): Promise<unknown> {
  const everything = {
    orgId: 'acme',
    fromMs: Number.MIN_SAFE_INTEGER,
    toMs: Number.MAX_SAFE_INTEGER,
    limit: 10_000,
  }
  const objects: unknown[] = []
  for await (const object of archive.list('org=acme/')) objects.push(object)
  return {
    things: (await store.organization('acme').collection(things).find({}, { limit: 1000 })).items.map(
      ({ document }) => document,
    ),
    users: (await store.platform(userCollection).find({ orgId: 'acme' })).items.map(
      ({ document }) => document,
    ),
    d1: (await series.range({ ...everything, deviceId: 'd1' })).items,
    d2: (await series.range({ ...everything, deviceId: 'd2' })).items,
    objects,
  }
}

export const exportTo = (parts: OrganizationParts, file: string): Promise<Exported> =>
  exportOrganization(parts, { orgId: 'acme', file, takenAt: createdAt, platformVersion: '1.0.0' })

export const importFrom = (
  parts: OrganizationParts,
  file: string,
  isolation?: 'dedicated' | 'pooled',
): Promise<Imported> =>
  importOrganization(parts, {
    file,
    isolation,
    async create(organization) {
      await parts.store.platform(organizationCollection).insert(organization)
    },
  })

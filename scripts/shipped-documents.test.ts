import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { upcasted } from '../nodes/platform/store/upcasted.ts'
import { notedSpec } from '../nodes/platform/kit/audit/note.ts'
import type { CollectionSpec, Document, Store } from '../nodes/platform/store/port.ts'
import { declaredCollections, loadCollections } from '../nodes/platform/kit/domain/load-collections.ts'
import { openSqliteStore } from '../engines/store/sqlite.ts'
import { temporaryDirectory } from '../engines/store/testing/processes.ts'

/** A document of every version of every collection that was ever shipped. Add to it, and change nothing in it. */
const shippedSchema = z.record(z.string(), z.record(z.string(), z.looseObject({ id: z.string() })))

const root = path.join(import.meta.dirname, '..')
const shipped = shippedSchema.parse(
  JSON.parse(await readFile(path.join(import.meta.dirname, 'shipped-documents.json'), 'utf8')),
)
const folders = ['nodes', 'engines'].map((folder) => path.join(root, folder))
const declared = (await Promise.all(folders.map(declaredCollections))).flat()
const specs = (await Promise.all(folders.map(loadCollections))).flat()
const versionsOf = ({ version = 1 }: CollectionSpec<Document>): readonly number[] =>
  Array.from({ length: version }, (_, n) => n + 1)
const cases = specs.flatMap((spec) =>
  versionsOf(spec).map((version) => ({
    spec,
    name: spec.name,
    version,
    document: shipped[spec.name]?.[version],
  })),
)

test('every collection is exported, so that its documents can be tried', () => {
  expect(declared.filter(({ isExported }) => !isExported)).toEqual([])
  expect(specs).toHaveLength(declared.length)
  expect(specs.length).toBeGreaterThan(10)
})

test('no document is kept of a collection or version that there is not', () => {
  const known = new Set(cases.map(({ name, version }) => `${name} ${version}`))
  const kept = Object.entries(shipped).flatMap(([name, versions]) =>
    Object.keys(versions).map((version) => `${name} ${version}`),
  )
  expect(kept.filter((one) => !known.has(one))).toEqual([])
})

test.each(cases)('$name of version $version can be read', ({ document, spec, version }) => {
  if (document === undefined) throw new Error('add a document of this version to shipped-documents.json')
  const read = upcasted(spec, document, version)
  // Nothing is filled in by the schema: what is read is not parsed again.
  expect(spec.schema.safeParse(read)).toEqual({ success: true, data: read })
})

test.each(specs.filter(({ audit }) => audit !== 'none'))(
  '$name has room for the notes of the audit',
  (spec) => {
    const { version = 1 } = spec
    const document = { ...shipped[spec.name]?.[version], _audit: { notes: [], sinceMs: 0 } }
    expect(notedSpec(spec).schema.safeParse(document)).toMatchObject({ success: true })
  },
)

describe('in a store that an earlier program has written', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>
  let store: Store
  beforeAll(async () => {
    folder = await temporaryDirectory()
    store = await openSqliteStore({ directory: folder.path })
  })
  afterAll(async () => {
    await store.close()
    await folder.remove()
  })

  test.each(cases)('$name of version $version is found', async ({ document, spec, version }) => {
    if (document === undefined) throw new Error('add a document of this version to shipped-documents.json')
    const anything = z.looseObject({ id: z.string() })
    const upcast = Object.fromEntries(versionsOf(spec).map((n) => [n, (one: unknown) => one]))
    const orgId = `v${version}`
    const former: CollectionSpec<Document> = { name: spec.name, schema: anything, version, upcast }
    await store.organization(orgId).collection(former).insert(document)
    await store.close()
    store = await openSqliteStore({ directory: folder.path })
    const { items } = await store.organization(orgId).collection(spec).find()
    expect(items.map((item) => item.document)).toEqual([upcasted(spec, document, version)])
  })
})

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryDirectory } from '../../../engines/store/testing/processes.ts'
import { organizationCollection } from '../organization.ts'
import { userCollection } from '../user.ts'
import { THINGS } from '../../platform/store/contract/fixture.ts'
import type { Exported } from './export-organization.ts'
import { OrganizationFileRefused } from './format.ts'
import { removeContent } from './remove-content.ts'
import { contentOf, exportTo, fill, importFrom, type OpenParts, openParts } from './parts.fixture.ts'

describe('an organization in a file', { timeout: 60_000 }, () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let source: OpenParts
  let target: OpenParts
  let file: string
  let exported: Exported
  beforeEach(async () => {
    directory = await temporaryDirectory()
    source = await openParts(path.join(directory.path, 'source'))
    target = await openParts(path.join(directory.path, 'target'))
    file = path.join(directory.path, 'acme.fleetloom')
    await fill(source)
    exported = await exportTo(source, file)
  })
  afterEach(async () => {
    await source.close()
    await target.close()
    await directory.remove()
  })
  const thingsIn = (orgId: string) => target.store.organization(orgId).collection(THINGS)
  const organization = async () => (await target.store.platform(organizationCollection).get('acme'))?.document

  it('is there as it was, in a database of its own when that is wanted, and nobody else with it', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(exported).toEqual({ documents: 132, readings: 5000, objects: 2 })
    const imported = await importFrom(target, file, 'dedicated')
    expect(imported).toMatchObject({ orgId: 'acme', documents: 132, left: ['its company c1'] })
    expect(await contentOf(target)).toEqual(await contentOf(source))
    expect(await organization()).toMatchObject({ name: 'Of acme', isolation: 'dedicated' })
    expect(existsSync(path.join(directory.path, 'target/store/org-acme.db'))).toBe(true)
    expect(await thingsIn('other').count()).toBe(0)
    expect(await target.store.platform(userCollection).count()).toBe(1)
    expect(await thingsIn('other').insert({ id: 'x', login: 'login-5' })).toMatchObject({ key: 'login' })
  })

  it('is removed with all there is of it but its own document, and nobody else loses anything', async () => {
    const others = async (): Promise<unknown> => [
      (await source.store.organization('other').collection(THINGS).find()).items,
      (await source.store.platform(userCollection).find({ orgId: 'other' })).items,
      await source.series.latest('other', 'd3'),
      await source.archive.get('org=acme-2/manifest/1.json'),
    ]
    const before = await others()
    expect(await removeContent(source, 'acme')).toEqual({ documents: 131, objects: 2 })
    expect(await contentOf(source)).toEqual({ things: [], users: [], d1: [], d2: [], objects: [] })
    expect(await source.store.platform(organizationCollection).get('acme')).toBeDefined()
    expect(await others()).toEqual(before)
    // What was cut short is done again.
    expect(await removeContent(source, 'acme')).toEqual({ documents: 0, objects: 0 })
  })

  it('is refused where there is one, or somebody has what is unique, and nothing is written', async () => {
    await expect(importFrom(source, file)).rejects.toThrow('There is an organization acme here.')
    await thingsIn('other').insert({ id: 'x', login: 'login-77' })
    await expect(importFrom(target, file)).rejects.toThrow('The login of t77 (things) is taken here.')
    expect(await thingsIn('acme').count()).toBe(0)
    await thingsIn('other').remove('x')
    const [ada] = (await source.store.platform(userCollection).find({ orgId: 'acme' })).items
    if (ada === undefined) throw new Error('There is no user')
    await target.store.platform(userCollection).insert({ ...ada.document, id: 'z', orgId: 'other' })
    await expect(importFrom(target, file)).rejects.toThrow('The email of ada (users) is taken here.')
    expect(await organization()).toBeUndefined()
  })

  it('takes nothing out of an archive that it has not put there', async () => {
    const key = 'org=acme/day=2026-01-01/readings.parquet'
    await target.archive.put(key, Buffer.from('of the source'))
    await expect(importFrom(target, file)).rejects.toThrow('The archive here has objects of acme.')
    expect(await target.archive.get(key)).toEqual(Buffer.from('of the source'))
  })

  it('replaces what an import that was cut short has left', async () => {
    const put = target.archive.put.bind(target.archive)
    vi.spyOn(target.archive, 'put').mockImplementationOnce(put).mockRejectedValueOnce(new Error('killed'))
    await expect(importFrom(target, file)).rejects.toThrow('killed')
    expect(await thingsIn('acme').count()).toBeGreaterThan(0)
    expect(await organization()).toBeUndefined()
    await importFrom(target, file)
    expect(await contentOf(target)).toEqual(await contentOf(source))
  })

  it.each([
    ['was cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)],
    ['was cut at a line', (bytes: Buffer) => remade(bytes, (lines) => lines.slice(0, -1))],
    ['lost a line', (bytes: Buffer) => remade(bytes, (lines) => lines.toSpliced(5, 1))],
    [
      'was changed',
      (bytes: Buffer) => remade(bytes, (lines) => lines.map((line) => line.replace('login-9"', 'login-8"'))),
    ],
    ['has something behind it', (bytes: Buffer) => remade(bytes, (lines) => [...lines, '{}'])],
  ])('is refused when it %s', async (_, change) => {
    writeFileSync(file, change(readFileSync(file)))
    await expect(importFrom(target, file)).rejects.toThrow('was cut short, or changed: nothing of it is used')
    expect(await thingsIn('acme').count()).toBe(0)
  })

  it('is refused when it is of a newer program, or no such file', async () => {
    const bytes = readFileSync(file)
    writeFileSync(
      file,
      remade(bytes, ([first = '', ...rest]) => [first.replace('"version":1', '"version":2'), ...rest]),
    )
    await expect(importFrom(target, file)).rejects.toThrow('A newer program wrote the file')
    writeFileSync(
      file,
      remade(bytes, ([first = '', ...rest]) => [first.replace('"things":1', '"things":2'), ...rest]),
    )
    await expect(importFrom(target, file)).rejects.toThrow('does not know its things')
    writeFileSync(file, 'no gzip')
    await expect(importFrom(target, file)).rejects.toThrow(OrganizationFileRefused)
    await expect(exportTo(source, path.join(directory.path, 'no/such/folder'))).rejects.toThrow('ENOENT')
  })

  it('is refused where sealed secrets could not be opened', async () => {
    const secondFactor = { secret: 'sealed', isConfirmed: true, recovery: [], usedStep: 0 }
    const users = source.store.platform(userCollection)
    await users.update('ada', (user) => ({ ...user, secondFactor }))
    const sealed = path.join(directory.path, 'sealed')
    await exportTo(source, sealed)
    const elsewhere = { ...target, credentialSecret: 'another' }
    await expect(importFrom(elsewhere, sealed)).rejects.toThrow(
      '1 documents (second factors, webhooks) are sealed',
    )
    await importFrom(elsewhere, file)
  })
})

function remade(bytes: Buffer, change: (lines: readonly string[]) => readonly string[]): Buffer {
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n')
  return gzipSync(`${change(lines).join('\n')}\n`)
}

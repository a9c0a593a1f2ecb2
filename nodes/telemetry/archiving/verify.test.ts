import { afterEach, beforeEach, expect, it } from 'vitest'
import { DAY_MS, reading, START_MS } from '../../platform/series/contract/fixture.ts'
import { type ArchiveSetup, openArchiveForTest } from './archive.fixture.ts'
import { entryKey } from './manifest.ts'
import { archivedOrganizations, verifyOrganization } from './verify.ts'

let one: ArchiveSetup
beforeEach(async () => {
  one = await openArchiveForTest()
  await one.live.append(Array.from({ length: 40 }, (_, i) => reading({ ts: START_MS + (i * DAY_MS) / 10 })))
  await one.run()
})
afterEach(() => one.close())

const partKeys = (): readonly string[] =>
  [...one.memory.objects.keys()].filter((key) => key.endsWith('.parquet')).sort()

it('finds nothing to complain about after archiving', async () => {
  expect(await archivedOrganizations(one.memory.archive)).toEqual(['org-1'])
  expect(await verifyOrganization(one.memory.archive, 'org-1')).toMatchObject({
    files: 5,
    readings: 40,
    faults: [],
    strays: [],
  })
})

it('names a file that a crash has left', async () => {
  one.memory.objects.set('org=org-1/day=2025-09-06/part-0000.parquet', Buffer.from('x'))
  const { faults, strays } = await verifyOrganization(one.memory.archive, 'org-1')
  expect(faults).toEqual([])
  expect(strays).toEqual(['org=org-1/day=2025-09-06/part-0000.parquet'])
})

it('names a file that is missing, cut or changed, and goes on', async () => {
  const [missing = '', cut = '', changed = ''] = partKeys()
  const contentOf = (key: string): Uint8Array => one.memory.objects.get(key) ?? new Uint8Array()
  one.memory.objects.delete(missing)
  one.memory.objects.set(cut, contentOf(cut).subarray(1))
  one.memory.objects.set(changed, contentOf(changed).with(20, (contentOf(changed)[20] ?? 0) ^ 1))
  const { faults, files } = await verifyOrganization(one.memory.archive, 'org-1')
  expect(files).toBe(5)
  expect(faults).toEqual([
    `${missing}: is missing`,
    expect.stringContaining(`${cut}: has `),
    `${changed}: was changed: its hash is another`,
  ])
})

it('names the place where the manifest breaks', async () => {
  one.memory.objects.delete(entryKey('org-1', 3))
  const { faults } = await verifyOrganization(one.memory.archive, 'org-1')
  expect(faults).toEqual([expect.stringContaining(`${entryKey('org-1', 3)}: is missing`)])
})

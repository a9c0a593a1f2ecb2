import { expect, it } from 'vitest'
import { gather } from '../../platform/kit/gather.ts'
import { appendEntry, type ChainEnd, chainStart, readChain } from './chain.ts'
import { ArchiveDamaged } from '../../platform/archive/errors.ts'
import { entryKey } from './manifest.ts'
import { openMemoryArchive } from './memory.fixture.ts'

const next = (day: string) => ({
  orgId: 'acme',
  archivedAt: '2026-01-01T00:00:00.000Z',
  day,
  file: { key: `org=acme/day=${day}/part-1.parquet`, bytes: 10, sha256: 'a'.repeat(64) },
  rows: 3,
  rowsSha256: 'b'.repeat(64),
  fromTs: 1,
  toTs: 2,
  devices: ['d1'],
})

async function chainOf(...days: readonly string[]) {
  const memory = openMemoryArchive()
  let end: ChainEnd = chainStart
  for (const day of days) {
    const appended = await appendEntry(memory.archive, end, next(day))
    if (appended === undefined) throw new Error('somebody else wrote')
    end = appended.end
  }
  return { ...memory, end }
}

it('reads back what was appended, from any place on', async () => {
  const { archive, end } = await chainOf('2025-09-05', '2025-09-06', '2025-09-07')
  const all = await gather(readChain(archive, 'acme'))
  expect(all.map(({ entry }) => [entry.sequence, entry.day])).toEqual([
    [1, '2025-09-05'],
    [2, '2025-09-06'],
    [3, '2025-09-07'],
  ])
  expect(all.at(-1)?.end).toEqual(end)
  expect((await gather(readChain(archive, 'acme', all[1]?.end))).map(({ entry }) => entry.day)).toEqual([
    '2025-09-07',
  ])
  expect(await gather(readChain(archive, 'acme', end))).toEqual([])
  expect(await gather(readChain(archive, 'acm'))).toEqual([])
})

it('lets one of two that append at once win', async () => {
  const { archive, end } = await chainOf('2025-09-05')
  const both = await Promise.all([
    appendEntry(archive, end, next('2025-09-06')),
    appendEntry(archive, end, next('2025-09-07')),
  ])
  expect(both.filter((one) => one === undefined)).toHaveLength(1)
  expect(await gather(readChain(archive, 'acme'))).toHaveLength(2)
})

it('takes its own entry, put by a try whose answer was lost, for put', async () => {
  const { archive, end } = await chainOf('2025-09-05')
  await appendEntry(archive, end, next('2025-09-06'))
  expect(await appendEntry(archive, end, next('2025-09-06'))).toMatchObject({ end: { sequence: 2 } })
})

const damages: readonly (readonly [name: string, damage: (objects: Map<string, Uint8Array>) => void])[] = [
  [
    'a changed entry',
    (objects) => {
      const text = Buffer.from(objects.get(entryKey('acme', 2)) ?? '')
        .toString()
        .replace('"rows":3', '"rows":2')
      objects.set(entryKey('acme', 2), Buffer.from(text))
    },
  ],
  ['a missing entry', (objects) => objects.delete(entryKey('acme', 2))],
  [
    'entries that changed places',
    (objects) => {
      const second = objects.get(entryKey('acme', 2)) ?? new Uint8Array()
      objects.set(entryKey('acme', 2), objects.get(entryKey('acme', 3)) ?? new Uint8Array())
      objects.set(entryKey('acme', 3), second)
    },
  ],
  ['an entry cut short', (objects) => objects.set(entryKey('acme', 3), Buffer.from('{"version":1'))],
  [
    'another organization’s entry',
    (objects) => {
      const text = Buffer.from(objects.get(entryKey('acme', 3)) ?? '')
        .toString()
        .replace('"acme"', '"other"')
      objects.set(entryKey('acme', 3), Buffer.from(text))
    },
  ],
]

it.each(damages)('notices %s', async (_, damage) => {
  const { archive, objects } = await chainOf('2025-09-05', '2025-09-06', '2025-09-07')
  damage(objects)
  await expect(gather(readChain(archive, 'acme'))).rejects.toThrow(ArchiveDamaged)
})

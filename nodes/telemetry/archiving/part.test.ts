import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Quality } from '../../platform/series/port.ts'
import { type ArchivedPoint, ReadingColumns } from './columns.ts'
import { ArchiveDamaged } from '../../platform/archive/errors.ts'
import { openMemoryArchive } from './memory.fixture.ts'
import { rowGroupRows } from './parquet-schema.ts'
import { readFooter, readPart, readRowGroup } from './read-part.ts'
import { hashRows } from './rows-hash.ts'
import { writePart } from './write-part.ts'

const dayMs = Date.UTC(2025, 8, 6)

function point(overrides: Partial<ArchivedPoint> = {}): ArchivedPoint {
  return {
    port: 1,
    ts: dayMs,
    rawValue: 1,
    calibratedValue: 2,
    quality: 'good',
    ingestTs: dayMs + 5,
    ...overrides,
  }
}

function columns(rows: readonly (readonly [deviceId: string, point: ArchivedPoint])[]): ReadingColumns {
  const result = new ReadingColumns()
  for (const [deviceId, one] of rows) result.add(deviceId, one)
  return result
}

/** Three row groups and a bit; device 0 is in the first, device 3 in the last. */
const large = columns(
  Array.from({ length: 3 * rowGroupRows + 10 }, (_, i) => [
    `device-${String(Math.floor(i / rowGroupRows)).padStart(40, '0')}`,
    point({ ts: dayMs + i, rawValue: i / 7, calibratedValue: -i, quality: i % 2 === 0 ? 'late' : 'good' }),
  ]),
)

it('gives back what was written, exactly', async () => {
  const anyPoint = fc
    .record({
      port: fc.nat(1023),
      ts: fc.integer({ min: -8e15, max: 8e15 }),
      rawValue: fc.double({ noNaN: true }),
      calibratedValue: fc.oneof(
        fc.double({ noNaN: true }),
        fc.constantFrom(0, -0, Infinity, -Infinity, 5e-324),
      ),
      quality: fc.constantFrom<Quality>('good', 'out-of-range', 'late', 'suspect'),
      ingestTs: fc.integer({ min: 0, max: 8e15 }),
    })
    .map(point)
  const anyDevice = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(anyDevice, anyPoint), { minLength: 1, maxLength: 60 }),
      async (rows) => {
        const written = columns(rows)
        const read = await readPart('a', await writePart(written))
        expect(read).toEqual(written)
        expect(await hashRows(read)).toBe(await hashRows(written))
      },
    ),
    { numRuns: 150 },
  )
})

it('makes the same bytes of the same rows', async () => {
  expect(Buffer.compare(await writePart(large), await writePart(large))).toBe(0)
})

it('needs far less room than the numbers themselves', async () => {
  expect((await writePart(large)).length).toBeLessThan(large.length * 20)
})

it('tells a zero from a negative zero in the hash', async () => {
  const plain = await hashRows(columns([['a', point({ rawValue: 0 })]]))
  expect(await hashRows(columns([['a', point({ rawValue: -0 })]]))).not.toBe(plain)
  expect(await hashRows(columns([['b', point({ rawValue: 0 })]]))).not.toBe(plain)
})

it('finds the row groups of a device by the footer, and reads no others', async () => {
  const { archive, reads } = openMemoryArchive()
  const content = await writePart(large)
  await archive.put('a', content)
  const footer = await readFooter(archive, 'a', content.length)
  expect(footer.groups.map(({ rows }) => rows)).toEqual([rowGroupRows, rowGroupRows, rowGroupRows, 10])
  const wanted = `device-${'1'.padStart(40, '0')}`
  const [group, ...others] = footer.groups.filter(
    ({ minDevice, maxDevice }) => minDevice <= wanted && wanted <= maxDevice,
  )
  if (group === undefined) throw new Error('no row group has the device')
  expect(others).toEqual([])
  reads.length = 0
  const rows = await readRowGroup(archive, 'a', footer, group)
  expect(rows.devices()).toEqual([wanted])
  expect(rows.point(5)).toEqual(large.point(rowGroupRows + 5))
  expect(reads).toEqual([{ key: 'a', from: group.fromByte, to: group.toByte }])
  expect(group.toByte - group.fromByte).toBeLessThan(content.length / 2.5)
})

it('does not take damage for data', async () => {
  const { archive } = openMemoryArchive()
  const content = await writePart(large)
  await archive.put('cut', content.subarray(0, content.length - 5))
  await expect(readFooter(archive, 'cut', content.length - 5)).rejects.toThrow(ArchiveDamaged)
  await expect(readFooter(archive, 'cut', content.length)).rejects.toThrow(/shorter/)
  await expect(readFooter(archive, 'gone', 100)).rejects.toThrow(/missing/)
  await expect(readPart('empty', new Uint8Array(0))).rejects.toThrow(ArchiveDamaged)
  await expect(readPart('text', Buffer.from('not a file of this kind'))).rejects.toThrow(ArchiveDamaged)
})

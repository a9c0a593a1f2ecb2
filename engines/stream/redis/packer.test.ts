import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEntry } from '../../../nodes/platform/stream/port.ts'
import { RouteDecoder } from '../shared/route-codec.ts'
import { hashOf } from './names.ts'
import { Packer } from './packer.ts'
import { idBefore, type Row, rowBytesMax, rowOf } from './row.ts'

interface Packed {
  readonly partition: number
  readonly row: Row
}

/** The rows as a reader gets them, had the script written them to empty partitions. */
function packed(entries: readonly NewEntry[], partitions: number): readonly Packed[] {
  const args = new Packer().pack(entries, partitions, 1000)
  const ends = new Map<number, number>()
  return Array.from({ length: args.length / 8 }, (_, at) => {
    const [partition, count, minMs, maxMs, ageMs, checksum, blob, distances] = args.slice(at * 8, at * 8 + 8)
    const number = Number(partition)
    const first = ends.get(number) ?? 0
    ends.set(number, first + Number(count))
    const m = [first, count, minMs, maxMs, maxMs, ageMs, checksum].join(' ')
    const fields = [
      'm',
      m,
      'b',
      blob,
      ...(Buffer.isBuffer(distances) && distances.length > 0 ? ['d', distances] : []),
    ]
    return { partition: number, row: rowOf([`1-${at}`, fields], number, new RouteDecoder()) }
  })
}

const entry = fc.record({
  route: fc.record({ orgId: fc.string(), key: fc.string({ maxLength: 3 }), type: fc.string() }),
  atMs: fc.double({ min: -1e15, max: 1e15, noNaN: true }),
  data: fc.uint8Array({ maxLength: 40 }),
})

describe('packing entries into rows of partitions', () => {
  it('keeps every entry as it was, its number and its place, and one key in one partition', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (given, partitions) => {
          const rows = packed(given, partitions)
          const all = rows.flatMap(({ row }) => row.entries())
          const inOrder = all.toSorted((a, b) => a.number - b.number)
          expect(inOrder.map(({ number }) => number)).toEqual(given.map((_, at) => at + 1))
          expect(inOrder.map(({ route, atMs, data }) => ({ route, atMs, data: [...data] }))).toEqual(
            given.map(({ route, atMs, data }) => ({ route, atMs, data: [...data] })),
          )
          for (const { partition, row } of rows) {
            for (const [at, one] of row.entries().entries()) {
              expect(hashOf(one.route.key) % partitions).toBe(partition)
              expect(one.index).toBe(row.first + at)
            }
          }
        },
      ),
    )
  })

  it('makes no row much larger than a reader wants to hold', () => {
    const route = { orgId: 'org-1', key: 'a', type: 't' }
    const data = new Uint8Array(10_000)
    const rows = packed(
      Array.from({ length: 100 }, () => ({ route, atMs: 1, data })),
      4,
    )
    expect(rows.length).toBeGreaterThan(5)
    for (const { row } of rows) expect(row.bytes).toBeLessThan(rowBytesMax + 12_000)
    expect(rows.flatMap(({ row }) => row.entries()).map(({ number }) => number)).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    )
  })

  it('spreads devices evenly', () => {
    const counts = Array.from({ length: 16 }, () => 0)
    for (let device = 0; device < 16_000; device += 1) {
      const partition = hashOf(`device-${device}`) % 16
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    expect(Math.max(...counts)).toBeLessThan(1200)
    expect(Math.min(...counts)).toBeGreaterThan(800)
  })

  it('notices a damaged row', () => {
    const [first] = packed(
      [{ route: { orgId: 'o', key: 'k', type: 't' }, atMs: 1, data: Buffer.from('x') }],
      1,
    )
    const fields = ['m', '0 1 1 1 1 1 12345', 'b', Buffer.from('something else')]
    expect(() => first?.row.entries()).not.toThrow()
    expect(() => rowOf(['1-0', fields], 0, new RouteDecoder()).entries()).toThrow(RangeError)
  })
})

describe('the id before another', () => {
  it.each([
    ['5-3', '5-2'],
    ['5-0', '4-18446744073709551615'],
    ['0-0', '0-0'],
  ])('of %s is %s', (id, before) => {
    expect(idBefore(id)).toBe(before)
  })
})

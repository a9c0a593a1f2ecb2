import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RouteDecoder } from '../shared/route-codec.ts'
import { Merge } from './merge.ts'
import { keysOf } from './names.ts'
import { Packer } from './packer.ts'

const keys = keysOf('test', 'uplink')

/** The rows of a few partitions, answered as XREAD does it. */
class Rows {
  readonly ends: number[]
  readonly #rows: { readonly id: string; readonly answer: unknown }[][]
  readonly #packer = new Packer()
  #last = 0

  constructor(partitions: number) {
    this.ends = Array.from({ length: partitions }, () => 0)
    this.#rows = this.ends.map(() => [])
  }

  append(names: readonly string[]): void {
    const entries = names.map((key) => ({
      route: { orgId: 'o', key, type: 't' },
      atMs: 1,
      data: new Uint8Array(1),
    }))
    const args = this.#packer.pack(entries, this.ends.length, 1)
    const number = this.#last + 1
    this.#last += names.length
    for (let at = 0; at < args.length; at += 8) {
      const [partition, count, minMs, maxMs, ageMs, checksum, b, d] = args.slice(at, at + 8)
      const own = Number(partition)
      const m = [this.ends[own], count, minMs, maxMs, maxMs, ageMs, checksum].join(' ')
      const id = `${number}-0`
      const fields = ['m', m, 'b', b, ...(Buffer.isBuffer(d) && d.length > 0 ? ['d', d] : [])]
      this.#rows[own]?.push({ id, answer: [id, fields] })
      this.ends[own] = (this.ends[own] ?? 0) + Number(count)
    }
  }

  readonly call = (_: string, ...args: readonly (string | number | Buffer)[]): Promise<unknown> => {
    const count = Number(args[1])
    const where = args.slice(3).map(String)
    const half = where.length / 2
    const found = where.slice(0, half).flatMap((key, at) => {
      const after = Number(where[half + at]?.split('-')[0])
      const own = this.#rows[Number(key.slice(keys.prefix.length))] ?? []
      const rows = own.filter(({ id }) => Number(id.split('-')[0]) > after).slice(0, count)
      return rows.length === 0 ? [] : [[key, rows.map(({ answer }) => answer)]]
    })
    return Promise.resolve(found.length === 0 ? null : found)
  }
}

describe('reading several partitions as one', () => {
  it('gives everything once, in the order in which it was appended, however it is fetched', async () => {
    const step = fc.oneof(
      fc.array(fc.constantFrom(...'abcdef'.split('')), { minLength: 1, maxLength: 3 }),
      fc.constant('fetch' as const),
      fc.integer({ min: 1, max: 7 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, partitions) => {
          const rows = new Rows(partitions)
          const lost: string[] = []
          const merge = new Merge({
            engine: rows,
            keys,
            stream: 'uplink',
            routes: new RouteDecoder(),
            report: ({ message }) => void lost.push(message),
          })
          for (let partition = 0; partition < partitions; partition += 1) {
            merge.add(partition, { index: 0, row: '0-0' })
          }
          const numbers: number[] = []
          const take = (count: number): void => {
            const { entries, spans } = merge.take(count)
            numbers.push(...entries.map(({ number }) => number))
            for (const [partition, { to }] of spans) expect(merge.indexOf(partition)).toBe(to.index)
          }
          let appended = 0
          for (const one of steps) {
            if (one === 'fetch') await merge.fetch(rows.ends)
            else if (typeof one === 'number') take(one)
            else {
              rows.append(one)
              appended += one.length
            }
          }
          // Each fetch brings something or shows that there is nothing more.
          for (let rounds = 0; merge.needsFetch(rows.ends) && rounds < 100; rounds += 1) {
            await merge.fetch(rows.ends)
            take(1000)
          }
          take(1000)
          expect(numbers).toEqual(Array.from({ length: appended }, (_, at) => at + 1))
          expect(merge.buffered).toBe(0)
          expect(lost).toEqual([])
        },
      ),
    )
  })

  it('begins in the middle of a row', async () => {
    const rows = new Rows(1)
    rows.append(['a', 'a', 'a'])
    rows.append(['a'])
    const merge = new Merge({
      engine: rows,
      keys,
      stream: 'uplink',
      routes: new RouteDecoder(),
      report: () => undefined,
    })
    merge.add(0, { index: 2, row: '1-0' })
    await merge.fetch(rows.ends)
    expect(merge.take(10).entries.map(({ number }) => number)).toEqual([3, 4])
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Chunk, ChunkEncoder, DAY_MS } from './chunk.ts'
import { allocateColumns } from './columns.ts'
import type { Columns } from './columns.ts'

const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.integer({ min: -99_999, max: 99_999 }).map((whole) => whole / 100),
  fc.constantFrom(0, -0, 5e-324, 1.79e308, 2 ** 51, -(2 ** 51), 2 ** 53, 1e15 + 0.5),
)
/** The first and the last whole days of safe integers among them. */
const day = fc.constantFrom(20_337, 0, -1, 104_249_990, -104_249_991)
const row = fc.record({
  timeOfDay: fc.integer({ min: 0, max: DAY_MS - 1 }),
  raw: value,
  calibrated: value,
  lag: fc.oneof(fc.integer({ min: -1000, max: 100_000 }), value),
  quality: fc.integer({ min: 0, max: 3 }),
})

function columnsOf(rows: readonly Readonly<Record<keyof Columns, number>>[]): Columns {
  const columns = allocateColumns(rows.length)
  for (const [i, one] of rows.entries()) {
    columns.ts[i] = one.ts
    columns.raw[i] = one.raw
    columns.calibrated[i] = one.calibrated
    columns.ingest[i] = one.ingest
    columns.quality[i] = one.quality
  }
  return columns
}

function unpack(data: Uint8Array): Columns {
  const { ts: times, raw, calibrated, ingest, quality } = new Chunk(data.slice())
  return { ts: times, raw, calibrated, ingest, quality }
}

describe('A chunk', () => {
  it('brings back bit for bit what was packed', () => {
    const encoder = new ChunkEncoder()
    fc.assert(
      fc.property(day, fc.array(row, { minLength: 1, maxLength: 60 }), (of, some) => {
        const rows = some.map(({ timeOfDay, lag, raw, calibrated, quality }) => {
          const ts = of * DAY_MS + timeOfDay
          return { ts, raw, calibrated, ingest: ts + lag, quality }
        })
        const columns = columnsOf(rows)
        expect(unpack(encoder.encode(columns, rows.length))).toEqual(columns)
      }),
      { numRuns: 2000 },
    )
  })

  it('packs regular readings of two decimals into a few bytes each', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => {
      const at = 1_757_116_800_000 + i * 1000
      const raw = 2300 + (i % 17)
      return { ts: at, raw: raw / 10, calibrated: raw / 10, ingest: at + 35, quality: 0 }
    })
    expect(new ChunkEncoder().encode(columnsOf(rows), rows.length).length).toBeLessThan(4000)
  })

  it('refuses a format it does not know', () => {
    expect(() => new Chunk(new Uint8Array(40))).toThrow(/not known/)
  })
})

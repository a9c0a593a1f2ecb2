import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkEncoder, decodeChunk } from './chunk.ts'
import type { StoredReading } from './chunk.ts'

function roundTrip(encoder: ChunkEncoder, readings: readonly StoredReading[]): StoredReading[] {
  for (const { ts, raw, calibrated, ingestTs } of readings) encoder.add(ts, raw, calibrated, ingestTs)
  return decodeChunk(encoder.finish())
}

const reading = fc.record({
  ts: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
  ingestTs: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
  raw: fc.double({ noNaN: true, noDefaultInfinity: true }),
  calibrated: fc.double({ noNaN: true, noDefaultInfinity: true }),
})

describe('a chunk', () => {
  it('gives back exactly what was put in, also from a used encoder', () => {
    const encoder = new ChunkEncoder()
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 50 }), (readings) => {
        expect(roundTrip(encoder, readings)).toEqual(readings)
      }),
    )
  })

  it('takes few bytes for a steady sensor, and grows as far as it must', () => {
    const encoder = new ChunkEncoder()
    const start = Date.parse('2025-09-06T12:00:00Z')
    for (let n = 0; n < 20_000; n++) encoder.add(start + n * 1000, 21.5, 43, start + n * 1000 + 3)
    const blob = encoder.finish()
    expect(blob.length).toBeLessThan(20_000 * 7)
    expect(decodeChunk(blob)).toHaveLength(20_000)
  })
})

import { describe, expect, it } from 'vitest'
import { PubackScanner } from './puback-scanner.ts'

const connack = [0x20, 2, 0, 0]
const pingresp = [0xd0, 0]
const puback = (id: number): number[] => [0x40, 2, id >> 8, id & 255]

function idsOf(chunks: readonly Uint8Array[]): { ids: number[]; connackCode: number } {
  const scanner = new PubackScanner(16)
  const ids: number[] = []
  for (const chunk of chunks) {
    const count = scanner.scan(chunk)
    ids.push(...scanner.ids.subarray(0, count))
  }
  return { ids, connackCode: scanner.connackCode }
}

describe('the acknowledgment scanner', () => {
  const stream = Uint8Array.from([
    ...connack,
    ...puback(1),
    ...puback(258),
    ...pingresp,
    ...puback(65_535),
    ...puback(0x4002),
  ])
  const expected = { ids: [1, 258, 65_535, 0x4002], connackCode: 0 }

  it('finds every id in one chunk', () => {
    expect(idsOf([stream])).toEqual(expected)
  })

  it('finds the same ids wherever the stream is cut in two', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(idsOf([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected)
    }
  })

  it('finds the same ids byte by byte', () => {
    expect(idsOf([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
  })

  it('keeps the code of a refused connection', () => {
    expect(idsOf([Uint8Array.of(0x20, 2, 0, 4)]).connackCode).toBe(4)
  })

  it('refuses what no broker sends to a publisher', () => {
    expect(() => idsOf([Uint8Array.of(0x32, 10)])).toThrow('unexpected packet 0x32')
  })
})

import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { utf8Text } from '../../platform/kit/bytes.ts'
import { aReading } from '../reading.fixture.ts'
import type { Reading } from '../reading.ts'
import { conflictRejects } from './conflict-rejects.ts'
import { type Doubt, settle, type Settled } from './settle.ts'

const at = (ts: number, rawValue: number, changes: Partial<Reading> = {}): Reading =>
  aReading({ ts, rawValue, ...changes })
const given = (doubt: Partial<Doubt> & Pick<Doubt, 'doubtful'>): Settled =>
  settle({
    fresh: [],
    stored: doubt.doubtful.map(() => undefined),
    lastWins: () => false,
    ...doubt,
  })
const pairs = (readings: readonly Reading[]): readonly (readonly number[])[] =>
  readings.map(({ rawValue, ts }) => [ts, rawValue])
const both = ({ conflicts }: Settled): readonly (readonly number[])[] => conflicts.map(({ values }) => values)

describe('a doubtful reading', () => {
  test('passes when nothing is stored or passing under its key', () => {
    const settled = given({ doubtful: [at(1, 5), at(3, 5), at(3, 5)], fresh: [at(2, 5)] })
    expect([pairs(settled.passing), pairs(settled.repeats), settled.conflicts]).toEqual([
      [
        [1, 5],
        [3, 5],
      ],
      [[3, 5]],
      [],
    ])
  })

  test('with the value that is stored is a repeat, also as zero of another sign', () => {
    const settled = given({ doubtful: [at(1, 5), at(2, -0)], stored: [5, 0] })
    expect([settled.passing, pairs(settled.repeats), settled.conflicts]).toEqual([
      [],
      [
        [1, 5],
        [2, -0],
      ],
      [],
    ])
  })

  test('with another value does not pass where the first one stays, and is told', () => {
    const settled = given({ doubtful: [at(1, 6), at(2, 7)], stored: [5, undefined], fresh: [at(2, 8)] })
    expect([settled.passing, settled.repeats, both(settled)]).toEqual([
      [],
      [],
      [
        [5, 6],
        [8, 7],
      ],
    ])
  })

  describe('where the last one stays', () => {
    const last = { lastWins: () => true } as const

    test('replaces what is stored, once for all of a key', () => {
      const settled = given({ doubtful: [at(1, 6), at(1, 7)], stored: [5, 5], ...last })
      expect([pairs(settled.passing), pairs(settled.replacing), both(settled)]).toEqual([
        [[1, 7]],
        [[1, 7]],
        [
          [5, 6],
          [6, 7],
        ],
      ])
    })

    test('takes over what passes, where that stands', () => {
      const fresh = [at(1, 5), at(2, 9)]
      const settled = given({ doubtful: [at(1, 6, { ingestTs: 99 })], fresh, ...last })
      expect([pairs(fresh), fresh[0]?.ingestTs]).toEqual([
        [
          [1, 6],
          [2, 9],
        ],
        99,
      ])
      expect([settled.passing, settled.replacing, both(settled)]).toEqual([[], [], [[5, 6]]])
    })
  })
})

describe('what is told of conflicts', () => {
  const ofMessage = (count: number): ReturnType<typeof conflictRejects> =>
    conflictRejects(
      given({
        doubtful: Array.from({ length: count }, (_, ts) => at(ts, 6)),
        stored: Array.from({ length: count }, () => 5),
      }).conflicts,
      crc32,
    )

  test('is one dead letter for a message, with the values that are not stored', () => {
    const [letter, ...others] = ofMessage(7)
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      orgId: 'acme',
      deviceId: 'd1',
      reason: 'conflict',
      detail: expect.stringMatching(
        /^port 1 at 1970-01-01T00:00:00\.000Z: 6 after 5; 5 stays; .*; and 2 more$/,
      ),
    })
    expect(JSON.parse(utf8Text(letter?.payload ?? new Uint8Array()) ?? '').readings).toHaveLength(7)
  })

  test('is the same for the same conflict, and another for another', () => {
    const [once, again, other] = [...ofMessage(2), ...ofMessage(2), ...ofMessage(3)]
    expect([again?.offset, again?.index, again?.receivedAt]).toEqual([
      once?.offset,
      once?.index,
      once?.receivedAt,
    ])
    expect(other?.index).not.toBe(once?.index)
  })

  test('is the value that had to go where the last one stays', () => {
    const replaced = given({ doubtful: [at(1, 6)], stored: [5], lastWins: () => true })
    const [letter] = conflictRejects(replaced.conflicts, crc32)
    expect(letter?.detail).toContain('6 after 5; 6 stays')
    expect(utf8Text(letter?.payload ?? new Uint8Array())).toContain('"value":5')
  })
})

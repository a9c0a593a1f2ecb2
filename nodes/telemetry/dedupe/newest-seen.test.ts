import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aReading } from '../reading.fixture.ts'
import type { Reading } from '../reading.ts'
import { NewestSeen } from './newest-seen.ts'
import { settle } from './settle.ts'

const at = (ts: number, changes: Partial<Reading> = {}): Reading => aReading({ ts, ...changes })
const timesOf = (readings: readonly Reading[]): number[] => readings.map(({ ts }) => ts)

describe('newest seen', () => {
  test('lets through what is newer than all before, port by port, and doubts the rest', () => {
    const newest = new NewestSeen()
    const { fresh, doubtful } = newest.split([at(1), at(2), at(2), at(1, { port: 2 }), at(3)])
    expect(fresh.map(({ port, ts }) => [port, ts])).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
      [1, 3],
    ])
    expect(timesOf(doubtful)).toEqual([2])
  })

  test('a batch without doubts is handed on as it is', () => {
    const batch = [at(1), at(2)]
    expect(new NewestSeen().split(batch).fresh).toBe(batch)
  })

  test('begins where the store stands', () => {
    const newest = new NewestSeen()
    expect(newest.isKnown('d1')).toBe(false)
    newest.learn('d1', [{ port: 1, ts: 5 }])
    expect(newest.isKnown('d1')).toBe(true)
    expect(timesOf(newest.split([at(5), at(6)]).doubtful)).toEqual([5])
  })

  test('after forgetting a device it is unknown again', () => {
    const newest = new NewestSeen()
    newest.learn('d1', [{ port: 1, ts: 5 }])
    newest.forget('d1')
    expect(newest.isKnown('d1')).toBe(false)
    expect(newest.split([at(5)]).doubtful).toEqual([])
  })

  test('devices do not stand in for one another when they alternate', () => {
    const { doubtful } = new NewestSeen().split([
      at(9),
      at(1, { deviceId: 'd2' }),
      at(10),
      at(1, { deviceId: 'd2' }),
    ])
    expect(doubtful).toEqual([at(1, { deviceId: 'd2' })])
  })
})

/** Of values that agree wherever they are of one instant. */
const trulyNew = (
  doubtful: readonly Reading[],
  isStored: readonly boolean[],
  fresh: readonly Reading[],
): readonly Reading[] =>
  settle({
    doubtful,
    fresh,
    stored: doubtful.map(({ rawValue }, index) => (isStored[index] === true ? rawValue : undefined)),
    lastWins: () => false,
  }).passing

describe('both together, against a set of everything that ever came', () => {
  const keyOf = ({ deviceId, port, ts }: Reading): string => `${deviceId}/${port}/${ts}`
  const reading = fc
    .record({ deviceId: fc.constantFrom('a', 'b'), port: fc.constantFrom(1, 2), ts: fc.nat(12) })
    .map((key) => aReading(key))
  const batches = fc.array(fc.array(reading, { maxLength: 12 }), { maxLength: 10 })
  const stored = fc.array(reading, { maxLength: 8 })

  test('nothing stored passes twice, nothing new is dropped', () => {
    fc.assert(
      fc.property(stored, batches, (before, following) => {
        const store = new Set(before.map(keyOf))
        const newest = new NewestSeen()
        for (const deviceId of ['a', 'b']) newest.learn(deviceId, latestOf(before, deviceId))
        for (const batch of following) {
          const { fresh, doubtful } = newest.split(batch)
          const late = trulyNew(
            doubtful,
            doubtful.map((each) => store.has(keyOf(each))),
            fresh,
          )
          const passed = [...fresh, ...late].map(keyOf)
          expect(new Set(passed).size).toBe(passed.length)
          expect(passed.filter((key) => store.has(key))).toEqual([])
          for (const key of passed) store.add(key)
          expect(batch.every((each) => store.has(keyOf(each)))).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a batch that failed on its way to the store comes through again in full', () => {
    fc.assert(
      fc.property(fc.uniqueArray(reading, { selector: keyOf }), (batch) => {
        const newest = new NewestSeen()
        newest.split(batch)
        const { fresh, doubtful } = newest.split(batch)
        const again = [
          ...fresh,
          ...trulyNew(
            doubtful,
            doubtful.map(() => false),
            fresh,
          ),
        ]
        expect(again.map(keyOf).sort()).toEqual(batch.map(keyOf).sort())
      }),
    )
  })
})

function latestOf(readings: readonly Reading[], deviceId: string): readonly Reading[] {
  const own = readings.filter((reading) => reading.deviceId === deviceId)
  return [1, 2].flatMap((port) =>
    own
      .filter((reading) => reading.port === port)
      .sort((a, b) => b.ts - a.ts)
      .slice(0, 1),
  )
}

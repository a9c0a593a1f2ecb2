import { describe, expect, it } from 'vitest'

import { chooseMerge } from './choose-merge.ts'
import type { Run } from './schema.ts'

const POLICY = { fanIn: 3, maxRunReadings: 1000, quietSinceMs: 0 }

function run(age: number, overrides: Partial<Run> = {}): Run {
  return {
    run: age,
    age,
    day: 20_000,
    level: 0,
    readings: 10,
    chunks: 1,
    bytes: 100,
    minTs: 0,
    maxTs: 1,
    isRolledUp: false,
    atMs: 5,
    ...overrides,
  }
}

const ages = (runs: readonly Run[] | undefined): readonly number[] | undefined => runs?.map(({ age }) => age)

describe('What is merged next', () => {
  it('is nothing while there are few runs', () => {
    expect(chooseMerge([], POLICY)).toBeUndefined()
    expect(chooseMerge([run(1), run(2)], POLICY)).toBeUndefined()
  })

  it('is the oldest of a level, once there are enough', () => {
    expect(ages(chooseMerge([run(1), run(2), run(3), run(4)], POLICY))).toEqual([1, 2, 3])
  })

  it('is never of two days', () => {
    expect(chooseMerge([run(1), run(2), run(3, { day: 20_001 })], POLICY)).toBeUndefined()
  })

  it('is never of two levels while the day is busy', () => {
    expect(chooseMerge([run(1, { level: 1 }), run(2), run(3)], POLICY)).toBeUndefined()
    expect(ages(chooseMerge([run(1, { level: 1 }), run(2), run(3), run(4)], POLICY))).toEqual([2, 3, 4])
  })

  it('is always of neighbours in age, so that the first value stays', () => {
    expect(chooseMerge([run(1), run(2), run(3, { level: 1 }), run(4)], POLICY)).toBeUndefined()
  })

  it('does not grow beyond the largest run', () => {
    expect(
      chooseMerge([run(1, { readings: 900 }), run(2), run(3, { readings: 100 })], POLICY),
    ).toBeUndefined()
  })

  it('is all of a quiet day', () => {
    const quiet = { ...POLICY, quietSinceMs: 10 }
    expect(ages(chooseMerge([run(1, { level: 1, readings: 60 }), run(2), run(3)], quiet))).toEqual([1, 2, 3])
  })

  it('leaves a large run alone when little came late', () => {
    const quiet = { ...POLICY, quietSinceMs: 10 }
    const large = run(1, { level: 2, readings: 900 })
    expect(chooseMerge([large, run(2)], quiet)).toBeUndefined()
    expect(ages(chooseMerge([large, run(2), run(3)], quiet))).toEqual([2, 3])
  })
})

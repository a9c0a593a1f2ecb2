import { array, assert, constant, integer, nat, oneof, property, record, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlidingWindow } from './sliding-window.ts'

const filled = (...points: readonly (readonly [number, number])[]): SlidingWindow => {
  const window = new SlidingWindow()
  for (const [time, value] of points) window.add(time, value)
  return window
}

describe('the points of a port', () => {
  test('stand by time, whenever they arrive', () => {
    const window = filled([10, 1], [30, 3], [20, 2])
    expect(window.times).toEqual([10, 20, 30])
    expect(window.values).toEqual([1, 2, 3])
  })

  test('a time comes once: history and live events overlap', () => {
    const window = filled([10, 1], [20, 2])
    window.addAll([
      [20, 2],
      [5, 0],
    ])
    window.add(10, 1)
    expect(window.times).toEqual([5, 10, 20])
    expect(window.values).toEqual([0, 1, 2])
  })

  test('stay doubtful wherever they stand', () => {
    const window = new SlidingWindow()
    window.add(30, 3, true)
    window.add(10, 1)
    window.addAll([[20, 2, true]])
    expect(window.doubts).toEqual([false, true, true])
    window.trim(20)
    expect(window.doubts).toEqual([true, true])
  })

  test('older ones than the window are forgotten', () => {
    const window = filled([10, 1], [20, 2], [30, 3])
    window.trim(20)
    expect(window.times).toEqual([20, 30])
    window.trim(100)
    expect(window.size).toBe(0)
    expect(window.statistics()).toBeUndefined()
  })

  test('lowest, highest and average are of what is in the window', () => {
    const window = filled([10, 100], [20, 2], [30, 4])
    window.trim(15)
    expect(window.statistics()).toEqual({ min: 2, max: 4, average: 3 })
  })

  test('a flood stays bounded, and the newest points are kept', () => {
    const window = new SlidingWindow()
    for (let time = 0; time < 50_000; time += 1) window.add(time, time)
    expect(window.size).toBe(20_000)
    expect(window.times.at(-1)).toBe(49_999)
    expect(window.times[0]).toBe(30_000)
  })

  test('is what sorting and removing repeats gives, in any order of adding and trimming', () => {
    const step = oneof(
      record({ add: nat(200), value: integer() }),
      record({ trim: nat(200) }),
      record({ all: array(tuple(nat(200), constant(0)), { maxLength: 5 }) }),
    )
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const window = new SlidingWindow()
        const model = new Map<number, number>()
        for (const each of steps) {
          if ('add' in each) {
            window.add(each.add, each.value)
            model.set(each.add, each.value)
          } else if ('trim' in each) {
            window.trim(each.trim)
            for (const time of model.keys()) if (time < each.trim) model.delete(time)
          } else {
            window.addAll(each.all)
            // What is known came live and stays.
            for (const [time, value] of each.all) if (!model.has(time)) model.set(time, value)
          }
        }
        const expected = [...model].sort(([a], [b]) => a - b)
        expect(window.times).toEqual(expected.map(([time]) => time))
        expect(window.values).toEqual(expected.map(([, value]) => value))
      }),
    )
  })
})

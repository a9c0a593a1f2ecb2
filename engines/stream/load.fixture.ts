/** Producers that append all the time, and what has to be true of it afterwards whatever happened meanwhile. */
import { expect } from 'vitest'
import { entry, labelOf, labelsOf, uplink } from '../../nodes/platform/stream/contract/fixture.ts'
import type { NewEntry, Stream } from '../../nodes/platform/stream/port.ts'

export const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** `a17;`: the key and the number, which grows with each append of that key. */
function numbered(number: number): readonly NewEntry[] {
  return keys.map((key) => entry(`${key}${number};`, number))
}

/** Appends as several producers do, all the time, and keeps account of what was acknowledged. */
export function load(stream: Stream) {
  const acknowledged: string[] = []
  const rejected: unknown[] = []
  const state = { next: 0, isOver: false }
  const produce = async (): Promise<void> => {
    while (!state.isOver) {
      const batch = numbered(state.next)
      state.next += 1
      try {
        await stream.append(uplink, batch)
        acknowledged.push(...labelsOf(batch))
      } catch (error) {
        rejected.push(error)
      }
    }
  }
  const running = Promise.all([produce(), produce(), produce()])
  const end = async (): Promise<void> => {
    state.isOver = true
    await running
  }
  return { acknowledged, rejected, end }
}

/** Of each key the numbers that came, in the order in which they came. */
function byKey(all: readonly NewEntry[]): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map(keys.map((key) => [key, [] as number[]]))
  for (const one of all) numbers.get(one.route.key)?.push(Number(labelOf(one).slice(1, -1)))
  return numbers
}

/** Every acknowledged entry once, and those of each key in the order of their appends. */
export function expectComplete(all: readonly NewEntry[], acknowledged: readonly string[]): void {
  const labels = labelsOf(all)
  expect(new Set(labels).size).toBe(labels.length)
  const found = new Set(labels)
  expect(acknowledged.filter((label) => !found.has(label))).toEqual([])
  for (const numbers of byKey(all).values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
}

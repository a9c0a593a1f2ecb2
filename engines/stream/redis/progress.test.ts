import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Batch, type BatchOwner } from './batch.ts'
import { Partition } from './partition.ts'
import { Progress, type Spans } from './progress.ts'
import { RedisEntry } from './row.ts'

const route = { orgId: 'org-1', key: 'a', type: 't' }
const place = (index: number) => ({ index, row: `${index}-0` })

function partitions(count: number): readonly Partition[] {
  return Array.from({ length: count }, (_, number) => new Partition(number, '1', place(0)))
}

/** The next entries of some partitions, as many of each as is said. */
function spansOf(all: readonly Partition[], counts: readonly number[]): Spans {
  return new Map(
    all.flatMap((partition, at) => {
      const from = partition.processed
      const count = counts[at] ?? 0
      return count === 0 ? [] : [[partition, { from, to: place(from.index + count) }] as const]
    }),
  )
}

const counts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 })

describe('how far a group is', () => {
  it('is durable up to the first batch that is not, in all its partitions, and goes back to one that failed', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('process' as const), counts }),
      fc.record({ kind: fc.constantFrom('durable' as const, 'fail' as const), at: fc.nat(5) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const progress = new Progress()
        const all = partitions(3)
        let open: { readonly mark: ReturnType<Progress['process']>; readonly before: readonly number[] }[] =
          []
        for (const one of steps) {
          if (one.kind === 'process') {
            const before = all.map(({ processed }) => processed.index)
            open.push({ mark: progress.process(spansOf(all, one.counts), false), before })
            continue
          }
          const chosen = open[one.at]
          if (chosen === undefined) continue
          if (one.kind === 'durable') {
            chosen.mark.isDurable = true
            progress.advance()
            const waiting = open.findIndex(({ mark }) => !mark.isDurable)
            const upTo = open[waiting]?.before ?? all.map(({ processed }) => processed.index)
            assert.deepEqual(
              all.map(({ durable }) => durable.index),
              upTo,
            )
            open = waiting === -1 ? [] : open.slice(waiting)
          } else if (!chosen.mark.isDurable) {
            progress.fail(chosen.mark, new Error('the tail is gone'))
            assert.equal(progress.takeRewind()?.message, 'the tail is gone')
            assert.deepEqual(
              all.map(({ processed }) => processed.index),
              chosen.before,
            )
            open = open.slice(0, one.at)
          }
          expect(progress.needsRewind).toBe(false)
          for (const partition of all) {
            expect(partition.durable.index).toBeLessThanOrEqual(partition.processed.index)
            expect(progress.isPending(partition)).toBe(open.some(({ mark }) => mark.spans.has(partition)))
          }
        }
      }),
    )
  })

  it('goes back to the earliest of those that failed, and counts what comes again', () => {
    const progress = new Progress()
    const all = partitions(2)
    const first = progress.process(spansOf(all, [2, 0]), false)
    const second = progress.process(spansOf(all, [1, 1]), false)
    progress.fail(second, new Error('second'))
    progress.fail(first, new Error('first'))
    progress.fail(second, new Error('second again'))
    expect(progress.takeRewind()?.message).toBe('first')
    expect(all.map(({ processed }) => processed.index)).toEqual([0, 0])
    expect(all[0]?.deliveries.count(2)).toBe(1)
    progress.fail(first, new Error('nobody waits for it any more'))
    expect(progress.takeRewind()).toBeUndefined()
  })
})

describe('a batch of several partitions', () => {
  function batchOf(all: readonly Partition[], sizes: readonly number[], owner: BatchOwner): Batch {
    const spans = spansOf(all, sizes)
    const entries = [...spans].flatMap(([{ number }, { from, to }]) =>
      Array.from(
        { length: to.index - from.index },
        (_, at) =>
          new RedisEntry(
            route,
            0,
            new Uint8Array(0),
            number,
            at * 10 + number,
            from.index + at,
            `${from.index + at + 1}-0`,
            0,
          ),
      ),
    )
    return new Batch(
      owner,
      entries.toSorted((a, b) => a.number - b.number),
      spans,
    )
  }

  function ownerOf(progress: Progress) {
    const handed: number[][] = []
    const state = { mayHand: true }
    const owner: BatchOwner = {
      get mayHand() {
        return state.mayHand
      },
      hand: (some) => {
        handed.push([...some].map(({ number }) => number))
      },
      tried: () => Promise.resolve(),
      processed: (spans) => {
        progress.process(spans, true)
        progress.advance()
      },
    }
    return { owner, handed, state }
  }

  it('halved until nothing is left to halve covers every entry once, in order', () => {
    fc.assert(
      fc.property(counts, (sizes) => {
        const progress = new Progress()
        const all = partitions(3)
        const { owner } = ownerOf(progress)
        const whole = batchOf(all, sizes, owner)
        const expected = whole.entries().map(({ number }) => number)
        const seen: number[] = []
        const walk = (batch: Batch): void => {
          const entries = batch.entries()
          if (entries.length > 1) {
            for (const half of batch.halves()) walk(half)
            return
          }
          seen.push(...entries.map(({ number }) => number))
          batch.processed()
        }
        if (expected.length > 0) walk(whole)
        expect(seen).toEqual(expected)
        expect(all.map(({ durable }) => durable.index)).toEqual(sizes)
      }),
    )
  })

  it('leaves out what has gone to somebody else, and never hands over what comes after it', () => {
    const all = partitions(2)
    const { owner, handed } = ownerOf(new Progress())
    const [front, back] = batchOf(all, [2, 2], owner).halves()
    const [lost] = all
    if (lost !== undefined) lost.state = 'lost'
    expect(front.entries().map(({ partition }) => partition)).toEqual([1])
    front.processed()
    // Given back and taken again in between: its first entry was left out, so the second is not next.
    if (lost !== undefined) lost.state = 'held'
    expect(back.entries().map(({ partition }) => partition)).toEqual([1])
    expect(handed).toEqual([[1], [1]])
  })

  it('hands over nothing while others may own everything', () => {
    const { owner, state } = ownerOf(new Progress())
    const batch = batchOf(partitions(1), [2], owner)
    state.mayHand = false
    expect(batch.entries()).toEqual([])
    state.mayHand = true
    expect(batch.entries()).toHaveLength(2)
  })
})

import { describe, expect, test } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import type { Entry } from '../../platform/stream/port.ts'
import { handOver } from './hand-over.ts'
import { anEntry } from './replay.fixture.ts'

const processed: DeliveryOutcome = { kind: 'processed', durable: Promise.resolve() }
const failed: DeliveryOutcome = { kind: 'failed', error: new Error('no') }
const away: DeliveryOutcome = { kind: 'unavailable', error: new Error('away') }

/** A flow that answers as told, and what was asked of it. */
function flow(answer: (entries: readonly Entry[], tries: number) => DeliveryOutcome, stopAfter = Infinity) {
  const batches: (readonly string[])[] = []
  const abandoned: string[] = []
  const pauses: number[] = []
  const stopping = new AbortController()
  return {
    batches,
    abandoned,
    pauses,
    handOver: (entries: readonly Entry[]) =>
      handOver(
        {
          async deliver(some) {
            batches.push(some.map(({ offset }) => offset))
            if (batches.length >= stopAfter) stopping.abort()
            return answer(some, batches.length)
          },
          signal: stopping.signal,
          clock: {
            ...systemClock,
            after(ms, run) {
              pauses.push(ms)
              setImmediate(run)
              return () => undefined
            },
          },
          random: () => 1,
          fault: () => undefined,
          async abandon({ offset }) {
            abandoned.push(offset)
          },
          maxDeliveries: 3,
        },
        entries,
      ),
  }
}
const entries = [0, 1, 2, 3, 4].map((offset) => anEntry(offset))

describe('a batch that is handed over', () => {
  test('goes once when the flow takes it', async () => {
    const { batches, handOver: hand } = flow(() => processed)
    expect(await hand(entries)).toMatchObject({ durable: Promise.resolve() })
    expect(batches).toEqual([['0', '1', '2', '3', '4']])
  })

  test('comes again after a restart of the flows at once, and while an engine is away with growing pauses', async () => {
    const {
      batches,
      pauses,
      handOver: hand,
    } = flow((_, tries) => (tries === 1 ? { kind: 'interrupted' } : tries < 9 ? away : processed))
    await hand(entries)
    expect(batches).toHaveLength(9)
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000])
  })

  test('is halved around the one entry that fails, which is given up after its tries; the others go through in order', async () => {
    const {
      abandoned,
      batches,
      handOver: hand,
    } = flow((some) => (some.some(({ offset }) => offset === '3') ? failed : processed))
    await (
      await hand(entries)
    )?.durable
    expect(abandoned).toEqual(['3'])
    expect(batches).toEqual([
      ['0', '1', '2', '3', '4'],
      ['0', '1', '2'],
      ['3', '4'],
      ['3'],
      ['3'],
      ['3'],
      ['4'],
    ])
  })

  test('is let go of when it is stopped', async () => {
    expect(await flow(() => away, 2).handOver(entries)).toBeUndefined()
    expect(await flow(() => failed, 2).handOver(entries)).toBeUndefined()
  })
})

import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Consumer, Entry, Handled } from '../port.ts'
import {
  collector,
  durably,
  entry,
  failed,
  labelOf,
  neverDurably,
  unavailable,
  type Subject,
} from './fixture.ts'

type Answer = 'durable' | 'not durable' | 'unavailable' | 'hang'

type Action =
  | { readonly kind: 'append'; readonly keys: readonly string[] }
  | { readonly kind: 'consume'; readonly answers: readonly Answer[]; readonly maxEntries: number }
  | { readonly kind: 'reopen' }

/** Every seventh entry cannot be processed. */
const isPoison = (label: string) => Number(label.slice(1)) % 7 === 6

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    keys: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('consume' as const),
    answers: fc.array(fc.constantFrom<Answer>('durable', 'durable', 'not durable', 'unavailable', 'hang'), {
      maxLength: 4,
    }),
    maxEntries: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('reopen' as const) }),
)

/** What a group may see, told from what was appended and answered. */
class Model {
  readonly appended: string[] = []
  /** How many from the front are processed, in this process and for good. */
  processed = 0
  durable = 0
  readonly abandoned = new Set<string>()
  #allDurable = true

  /** What may be handed over now, if it is as many. */
  next(count: number): readonly string[] {
    return this.appended.slice(this.processed, this.processed + count)
  }

  process(count: number, durable: boolean): void {
    this.processed += count
    if (!durable) this.#allDurable = false
    if (this.#allDurable) this.durable = this.processed
  }

  reopen(): void {
    this.processed = this.durable
    this.#allDurable = true
  }
}

/** Returns what was appended and what of it was processed in the end. */
async function play(subject: Subject, stream: string, actions: readonly Action[]): Promise<Model> {
  const model = new Model()
  for (const step of actions) {
    if (step.kind === 'append') {
      const labels = step.keys.map((key, index) => `${key}${model.appended.length + index}`)
      await subject()
        .stream()
        .append(
          stream,
          labels.map((label) => entry(label)),
        )
      model.appended.push(...labels)
    } else if (step.kind === 'consume') await consume(subject, stream, model, step)
    else {
      await subject().reopen()
      model.reopen()
    }
  }
  await consume(subject, stream, model, { answers: [], maxEntries: 3 })
  return model
}

/** Answers as told, then durably until nothing is left, or until one call hangs and the consumer closes on it. */
async function consume(
  subject: Subject,
  stream: string,
  model: Model,
  { answers, maxEntries }: { readonly answers: readonly Answer[]; readonly maxEntries: number },
): Promise<void> {
  const left = [...answers]
  const hung = Promise.withResolvers<void>()
  const answer = (count: number): Promise<Handled> | Handled => {
    const next = left.shift() ?? 'durable'
    if (next === 'unavailable') return unavailable
    if (next === 'hang') {
      hung.resolve()
      return Promise.withResolvers<Handled>().promise
    }
    model.process(count, next === 'durable')
    return next === 'durable' ? durably : neverDurably()
  }
  const handle = async (batch: readonly Entry[]): Promise<Handled> => {
    const labels = batch.map(labelOf)
    assert.ok(labels.length <= maxEntries)
    assert.deepEqual(labels, model.next(labels.length))
    return labels.some(isPoison) ? failed : answer(labels.length)
  }
  const abandon = async (one: Entry): Promise<void> => {
    assert.deepEqual([labelOf(one)], model.next(1))
    assert.ok(isPoison(labelOf(one)))
    model.process(1, true)
  }
  const failures: unknown[] = []
  const noting =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await run(...args)
      } catch (error) {
        failures.push(error)
        hung.resolve()
        return Promise.withResolvers<R>().promise
      }
    }
  const consumer: Consumer = await subject()
    .stream()
    .consume(
      collector({ stream, maxEntries, maxDeliveries: 2, handle: noting(handle), abandon: noting(abandon) }),
    )
  await Promise.race([consumer.whenLagAtMost(0), hung.promise])
  await consumer.close(0)
  assert.deepEqual(failures, [])
}

export function describeModel(subject: Subject): void {
  describe('whatever happens in whatever order', () => {
    it('hands over everything at least once, in order, and nothing that was durably processed', async () => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 14 }), async (actions) => {
          run += 1
          const { appended, processed } = await play(subject, `model-${run}`, actions)
          expect(processed).toBe(appended.length)
        }),
        { numRuns: 60 },
      )
    }, 60_000)
  })
}

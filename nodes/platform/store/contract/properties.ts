import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Filter, FindOptions, Scalar, Store } from '../port.ts'
import { ids, put, THINGS } from './fixture.ts'
import type { StoreUnderTest, Thing, Things } from './fixture.ts'
import { matches } from './model.ts'

// Few values, so that equality and ties happen; among them the awkward ones.
const text = fc.constantFrom('', 'a', 'b', 'B', 'é', '\uffee', '\u{1F600}', '1', 'true', '[]', 'a\u0000b')
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, -1.5, 0.1 + 0.2, 2 ** 53, 38266586280446540, 1e21, -1e300, 5e-324),
  fc.integer({ min: -3, max: 3 }),
)
const scalar: fc.Arbitrary<Scalar> = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 5 })

const body: fc.Arbitrary<Omit<Thing, 'id'>> = fc.record(
  {
    name: nullable(text),
    rank: nullable(number),
    active: nullable(fc.boolean()),
    tags: fc.array(scalar, { maxLength: 3 }),
    any: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
    nested: fc.record({ city: nullable(text) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)
const documents = fc.array(body, { minLength: 1, maxLength: 25 })

const path = fc.constantFrom('name', 'rank', 'active', 'tags', 'any', 'nested.city', 'missing')
const condition = fc.oneof(
  scalar,
  fc
    .record(
      {
        $eq: scalar,
        $ne: scalar,
        $gt: scalar,
        $gte: scalar,
        $lt: scalar,
        $lte: scalar,
        $in: fc.array(scalar, { maxLength: 4 }),
        $nin: fc.array(scalar, { maxLength: 4 }),
        $exists: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .filter((operators) => Object.keys(operators).length > 0 && Object.keys(operators).length < 4),
)
const { filter } = fc.letrec<{ filter: Filter; branch: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.dictionary(path, condition, { maxKeys: 2, noNullPrototype: true }),
    tie('branch'),
  ),
  branch: fc.oneof(
    fc.record({ $or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
  ),
}))

const sort = fc.uniqueArray(
  fc.record({
    path: fc.constantFrom('name', 'rank', 'active', 'nested.city', 'missing'),
    direction: fc.constantFrom('ascending' as const, 'descending' as const),
  }),
  { maxLength: 3, selector: (key) => key.path },
)

/** What must hold for every document, filter, order and interleaving. */
export function describeProperties(subject: () => StoreUnderTest): void {
  let store: Store
  let runs = 0
  const fresh = (): Things => store.organization(`run-${++runs}`).collection(THINGS)
  beforeEach(() => {
    store = subject().store
  })

  describe('for all', () => {
    it('filters, the store finds what the model finds', async () => {
      await fc.assert(
        fc.asyncProperty(
          documents,
          fc.array(filter, { minLength: 1, maxLength: 20 }),
          async (bodies, filters) => {
            const things = fresh()
            const all = bodies.map((each, n) => ({ ...each, id: `t${String(n).padStart(2, '0')}` }))
            await put(things, all)
            for (const each of filters) {
              const expected = all.filter((document) => matches(document, each)).map(({ id }) => id)
              expect({ each, found: ids((await things.find(each)).items) }).toEqual({ each, found: expected })
            }
          },
        ),
        { numRuns: 60 },
      )
    })

    it('orders and page sizes, paging visits each document once, in one order', async () => {
      await fc.assert(
        fc.asyncProperty(documents, sort, fc.integer({ min: 1, max: 7 }), async (bodies, keys, limit) => {
          const things = fresh()
          await put(
            things,
            bodies.map((each, n) => ({ ...each, id: `t${n}` })),
          )
          const whole = ids((await things.find({}, { sort: keys })).items)
          expect(await pages(things, { sort: keys, limit })).toEqual(whole)
          expect(new Set(whole).size).toBe(bodies.length)
        }),
        { numRuns: 60 },
      )
    })

    it('documents coming and going meanwhile, paging visits those that stayed exactly once', async () => {
      await fc.assert(
        fc.asyncProperty(documents, documents, sort, async (bodies, later, keys) => {
          const things = fresh()
          const stay = bodies.map((each, n) => ({ ...each, id: `stay-${n}` }))
          await put(things, stay)
          const coming = later.map((each, n) => ({ ...each, id: `come-${n}` }))
          const seen = await pages(things, { sort: keys, limit: 3 }, async (page) => {
            const next = coming[page]
            const last = coming[page - 2]
            if (next !== undefined) await things.insert(next)
            if (last !== undefined) await things.remove(last.id)
          })
          expect(seen.filter((id) => id.startsWith('stay-')).sort()).toEqual(stay.map(({ id }) => id).sort())
          expect(new Set(seen).size).toBe(seen.length)
        }),
        { numRuns: 40 },
      )
    })

    it('numbers of workers, a counter kept by compare-and-set is exact', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
          async (rounds) => {
            const things = fresh()
            await things.insert({ id: 'counter', rank: 0 })
            await Promise.all(rounds.map((count) => countUp(things, count)))
            const total = rounds.reduce((sum, count) => sum + 2 * count, 0)
            expect(await things.get('counter')).toEqual({
              document: { id: 'counter', rank: total },
              version: total + 1,
            })
          },
        ),
        { numRuns: 20 },
      )
    })
  })
}

async function pages(
  things: Things,
  options: FindOptions,
  between: (page: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly string[]> {
  const seen: string[] = []
  let cursor: string | undefined
  for (let page = 0; ; page += 1) {
    const { items, nextCursor } = await things.find(
      {},
      cursor === undefined ? options : { ...options, cursor },
    )
    seen.push(...ids(items))
    if (nextCursor === undefined) return seen
    cursor = nextCursor
    await between(page)
  }
}

/** Counts up by hand (get, replace, try again) and by `update`, in turn. */
async function countUp(things: Things, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    for (;;) {
      const current = await things.get('counter')
      if (current === undefined) throw new Error('counter is gone')
      const next = { id: 'counter', rank: (current.document.rank ?? 0) + 1 }
      const outcome = await things.replace(next, current.version)
      if (outcome.kind === 'replaced') break
    }
    await things.update('counter', (thing) => ({ ...thing, rank: (thing.rank ?? 0) + 1 }))
  }
}

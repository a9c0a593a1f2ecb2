import { expect } from 'vitest'
import { type Thing, THINGS } from '../../nodes/platform/store/contract/fixture.ts'
import type { Store } from '../../nodes/platform/store/port.ts'

/** Without unique keys. */
export const loose = { name: 'loose', schema: THINGS.schema }

/** So many things of `acme`, changed and leased ones among them, and one of others. */
export async function fillForMove(store: Store, count: number): Promise<void> {
  const own = store.organization('acme').collection(THINGS)
  const things = Array.from({ length: count }, (_, n): Thing => {
    const place = { latitude: 40 + n / 1000, longitude: 7 }
    return { id: `t${n}`, login: `login-${n}`, serial: `s${n}`, rank: n, place }
  })
  await Promise.all(things.map((thing) => own.insert(thing)))
  await own.update('t1', (thing) => ({ ...thing, name: 'changed' }))
  await own.claim({ id: 't2' }, { owner: 'me', nowMs: 0, durationMs: 1000 })
  await store.organization('acme').collection(loose).insert({ id: 'x', name: 'only' })
  await store.organization('other').collection(THINGS).insert({ id: 't1', login: 'bob' })
}

/** Everything of `acme`, with versions. */
export const contentOf = async (store: Store): Promise<unknown> => [
  (await store.organization('acme').collection(THINGS).find({}, { limit: 10_000 })).items,
  (await store.organization('acme').collection(loose).find()).items,
]

/** That leases, unique keys and places are what {@link fillForMove} has made. */
export async function expectKept(store: Store, count: number): Promise<void> {
  const taken = { kind: 'duplicate', key: 'login' }
  const [own, other] = [
    store.organization('acme').collection(THINGS),
    store.organization('other').collection(THINGS),
  ]
  expect(await own.claim({ id: 't2' }, { owner: 'you', nowMs: 999, durationMs: 1 })).toEqual([])
  expect(await other.insert({ id: 'n', login: 'login-7' })).toEqual(taken)
  expect(await own.insert({ id: 'n', login: 'bob' })).toEqual(taken)
  expect(await own.insert({ id: 'n', serial: 's3' })).toMatchObject({ key: 'serial' })
  const near = await own.near({ latitude: 40, longitude: 7 }, { radiusMeters: 50 })
  expect(near.map(({ document }) => document.id)).toEqual(['t0'])
  expect((await store.everywhere(THINGS, {}, { limit: 1000 })).items).toHaveLength(count + 1)
}

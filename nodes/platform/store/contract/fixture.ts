/** What the contract stores: a made-up thing with a field of every kind. */
import { z } from 'zod'
import type { Collection, CollectionSpec, Store } from '../port.ts'

export interface StoreUnderTest {
  readonly store: Store
  /** Closes the store and opens it again on the same data. */
  readonly reopen: () => Promise<Store>
  /** Closes the store and removes its data. */
  readonly close: () => Promise<void>
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

const thing = z.object({
  id: z.string(),
  name: z.string().nullish(),
  rank: z.number().nullish(),
  active: z.boolean().nullish(),
  serial: z.string().nullish(),
  login: z.string().nullish(),
  room: z.string().nullish(),
  seat: z.number().nullish(),
  tags: z.array(scalar).optional(),
  /** A schema that says little: anything may be there. */
  any: z.union([scalar, z.array(scalar)]).optional(),
  nested: z.object({ city: z.string().nullish(), 'zip-code': z.number().optional() }).optional(),
  rows: z.array(z.object({ n: z.number() })).optional(),
  place: z.object({ latitude: z.number(), longitude: z.number() }).optional(),
})

export type Thing = z.infer<typeof thing>
export type Things = Collection<Thing>

export const THINGS: CollectionSpec<Thing> = {
  name: 'things',
  schema: thing,
  unique: { serial: ['serial'], slot: ['room', 'seat'] },
  uniqueEverywhere: { login: ['login'] },
  indexes: [['rank'], ['name', 'rank'], ['any']],
  sparseIndexes: [['seat', 'rank']],
  indexesEverywhere: [['rank']],
  location: 'place',
}

export async function put(things: Things, documents: readonly Thing[]): Promise<void> {
  await Promise.all(documents.map((document) => things.insert(document)))
}

export function ids(page: readonly { readonly document: Thing }[]): readonly string[] {
  return page.map(({ document }) => document.id)
}

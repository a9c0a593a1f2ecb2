import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidName, SchemaConflict } from '../errors.ts'
import type { Collection, CollectionSpec, Store } from '../port.ts'
import type { StoreUnderTest } from './fixture.ts'

const name = 'travellers'

const first = z.strictObject({ id: z.string(), fullName: z.string() })
const FIRST: CollectionSpec<z.output<typeof first>> = { name, schema: first }

const second = z.strictObject({ id: z.string(), given: z.string(), family: z.string() })
const nameParts = (document: Readonly<Record<string, unknown>>): unknown => {
  const { fullName, ...rest } = document
  const [given = '', family = ''] = String(fullName).split(' ')
  return { ...rest, given, family }
}
const SECOND: CollectionSpec<z.output<typeof second>> = {
  name,
  schema: second,
  version: 2,
  upcast: { 1: nameParts },
  indexes: [['family']],
}

const third = z.strictObject({ id: z.string(), given: z.string(), family: z.string(), miles: z.int() })
type Traveller = z.output<typeof third>
const THIRD: CollectionSpec<Traveller> = {
  name,
  schema: third,
  version: 3,
  upcast: { 1: nameParts, 2: (document) => ({ ...document, miles: 0 }) },
  unique: { person: ['given', 'family'] },
  indexes: [['family'], ['miles']],
}

/** Documents that earlier programs have written. */
export function describeForms(subject: () => StoreUnderTest): void {
  let store: Store
  const latest = (): Collection<Traveller> => store.organization('acme').collection(THIRD)

  describe('documents of earlier versions', () => {
    beforeEach(async () => {
      store = subject().store
      await store.organization('acme').collection(FIRST).insert({ id: 'ada', fullName: 'Ada Lovelace' })
      store = await subject().reopen()
      await store.organization('acme').collection(SECOND).insert({ id: 'bo', given: 'Bo', family: 'Diddley' })
      store = await subject().reopen()
    })
    const ada = { id: 'ada', given: 'Ada', family: 'Lovelace', miles: 0 }
    const bo = { id: 'bo', given: 'Bo', family: 'Diddley', miles: 0 }

    it('are read as the latest, all the way from the first', async () => {
      expect((await latest().get('ada'))?.document).toEqual(ada)
      expect((await latest().get('bo'))?.document).toEqual(bo)
      expect((await latest().find()).items.map(({ document }) => document)).toEqual([ada, bo])
    })

    it('are found by what only the latest has', async () => {
      expect((await latest().find({ family: 'Lovelace', miles: 0 })).items).toHaveLength(1)
      expect(await latest().count({ miles: { $lte: 0 } })).toBe(2)
      const everywhere = await store.everywhere(THIRD, { miles: 0 })
      expect(everywhere.items.map(({ document }) => document)).toEqual([ada, bo])
    })

    it('are found so by whoever asks first over all organizations, or claims', async () => {
      const lease = { owner: 'w', nowMs: 0, durationMs: 1 }
      const claimed = await store.claimEverywhere(THIRD, { miles: 0 }, lease)
      expect(claimed.map(({ document }) => document)).toEqual([ada, bo])
    })

    it('hold the keys of the latest', async () => {
      expect(await latest().insert({ ...ada, id: 'other' })).toEqual({ kind: 'duplicate', key: 'person' })
    })

    it('can be changed and stay the latest', async () => {
      const read = await latest().get('ada')
      expect(await latest().replace({ ...ada, miles: 5 }, read?.version ?? 0)).toMatchObject({
        kind: 'replaced',
      })
      await latest().update('bo', (traveller) => ({ ...traveller, miles: traveller.miles + 1 }))
      store = await subject().reopen()
      expect((await latest().find({ miles: { $gt: 0 } })).items.map(({ document }) => document)).toEqual([
        { ...ada, miles: 5 },
        { ...bo, miles: 1 },
      ])
    })

    it('of a version that this program does not know yet are refused, and not written over', async () => {
      await latest().update('ada', (traveller) => ({ ...traveller, miles: 7 }))
      store = await subject().reopen()
      const former = store.organization('acme').collection(SECOND)
      await expect(former.get('ada')).rejects.toThrow(SchemaConflict)
      await expect(former.update('ada', (traveller) => traveller)).rejects.toThrow(SchemaConflict)
      store = await subject().reopen()
      expect((await latest().get('ada'))?.document).toMatchObject({ miles: 7 })
    })

    it('that an upcast makes nothing valid of are a conflict that names the collection', async () => {
      const wrong: CollectionSpec<Traveller> = {
        ...THIRD,
        upcast: { 1: nameParts, 2: (document) => document },
      }
      await expect(store.organization('acme').collection(wrong).get('ada')).rejects.toThrow(/travellers/)
    })
  })

  it('a version that nothing leads to is a mistake of the spec', () => {
    const { store: current } = subject()
    const gap: CollectionSpec<Traveller> = { ...THIRD, name: 'gap', upcast: { 1: nameParts } }
    expect(() => current.organization('acme').collection(gap)).toThrow(InvalidName)
  })
}

import { beforeEach, expect, it } from 'vitest'
import type { Store } from '../port.ts'
import { put, THINGS } from './fixture.ts'
import type { StoreUnderTest, Thing, Things } from './fixture.ts'

/** What an organization's documents take. */
export function describeSizes(subject: () => StoreUnderTest): void {
  let store: Store
  let things: Things
  beforeEach(() => {
    ;({ store } = subject())
    things = store.organization('acme').collection(THINGS)
  })

  it('tells what the documents of an organization take, all collections, and of no other', async () => {
    expect(await store.bytesOf('acme')).toBe(0)
    const name = 'n'.repeat(1000)
    await put(
      things,
      Array.from({ length: 2500 }, (_, n): Thing => ({ id: `t${n}`, name })),
    )
    await store
      .organization('acme')
      .collection({ ...THINGS, name: 'others' })
      .insert({ id: 'a', name })
    await store.organization('acme-2').collection(THINGS).insert({ id: 'a', name })
    await store.platform(THINGS).insert({ id: 'a', name })
    const bytes = await store.bytesOf('acme')
    expect(bytes).toBeGreaterThan(2501 * 1000)
    // Where changes are audited, what there is of them counts too.
    expect(bytes).toBeLessThan(2501 * 3000)
    const ofOther = await store.bytesOf('acme-2')
    expect(ofOther).toBeGreaterThan(1000)
    expect(ofOther).toBeLessThan(3000)
  })
}

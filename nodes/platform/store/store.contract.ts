/** The one suite that every adapter of the store port passes. */
import { afterEach, beforeEach, describe } from 'vitest'
import { describeDocuments } from './contract/documents.ts'
import type { StoreUnderTest } from './contract/fixture.ts'
import { describeForms } from './contract/forms.ts'
import { describeLeases } from './contract/leases.ts'
import { describePlaces } from './contract/places.ts'
import { describeSizes } from './contract/sizes.ts'
import { describeProperties } from './contract/properties.ts'
import { describeQueries } from './contract/queries.ts'

export type { StoreUnderTest } from './contract/fixture.ts'

/** `open` gives an empty store of its own to each test; property tests on a busy machine take their time. */
export function describeStoreContract(
  name: string,
  open: () => Promise<StoreUnderTest>,
  timeoutMs = 60_000,
): void {
  describe(`${name} keeps the store contract:`, { timeout: timeoutMs }, () => {
    let current: StoreUnderTest | undefined
    const subject = (): StoreUnderTest => {
      if (current === undefined) throw new Error('No store is open')
      return current
    }
    beforeEach(async () => {
      current = await open()
    })
    afterEach(async () => {
      await current?.close()
    })
    describeDocuments(subject)
    describeQueries(subject)
    describeLeases(subject)
    describeForms(subject)
    describePlaces(subject)
    describeSizes(subject)
    describeProperties(subject)
  })
}

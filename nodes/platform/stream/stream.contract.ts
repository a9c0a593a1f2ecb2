/** The one suite that every adapter of the stream port passes. */
import { afterEach, beforeEach, describe } from 'vitest'
import { describeDelivery } from './contract/delivery.ts'
import { describeEnds } from './contract/ends.ts'
import { describeFailures } from './contract/failures.ts'
import type { StreamUnderTest } from './contract/fixture.ts'
import { describeKeeping } from './contract/keeping.ts'
import { describeModel } from './contract/model.ts'

export type { StreamUnderTest } from './contract/fixture.ts'

/** `open` gives an empty stream of its own to each test; backoff should be quickened by its clock. */
export function describeStreamContract(name: string, open: () => Promise<StreamUnderTest>): void {
  describe(`${name} keeps the stream contract:`, () => {
    let current: StreamUnderTest | undefined
    const subject = (): StreamUnderTest => {
      if (current === undefined) throw new Error('No stream is open')
      return current
    }
    beforeEach(async () => {
      current = await open()
    })
    afterEach(async () => {
      await current?.dispose()
    })
    describeDelivery(subject)
    describeFailures(subject)
    describeEnds(subject)
    describeKeeping(subject)
    describeModel(subject)
  })
}

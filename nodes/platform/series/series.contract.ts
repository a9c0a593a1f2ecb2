/** The one suite that every adapter of the series port passes. */
import { afterEach, beforeEach, describe } from 'vitest'

import { describeAppending } from './contract/appending.ts'
import { describeDeleting } from './contract/deleting.ts'
import type { SeriesUnderTest } from './contract/fixture.ts'
import { describeHistory } from './contract/history.ts'
import { describeMany } from './contract/many.ts'
import { describeModel } from './contract/model.ts'
import { describeReading } from './contract/reading.ts'

export type { SeriesUnderTest } from './contract/fixture.ts'

export interface ContractOptions {
  /** How many random readings history is checked with; fewer for engines that are slow. */
  readonly many?: number
  /** For that one; by default the same as for all others. */
  readonly openForMany?: () => Promise<SeriesUnderTest>
  /** How long each test may take; engines on a busy machine take their time. */
  readonly timeoutMs?: number
}

/** `open` gives an empty store of its own to each test. */
export function describeSeriesContract(
  name: string,
  open: () => Promise<SeriesUnderTest>,
  { many = 100_000, openForMany = open, timeoutMs = 60_000 }: ContractOptions = {},
): void {
  describe(`${name} keeps the series contract:`, { timeout: timeoutMs }, () => {
    let current: SeriesUnderTest | undefined
    const subject = (): SeriesUnderTest => {
      if (current === undefined) throw new Error('No store is open')
      return current
    }
    beforeEach(async () => {
      current = await open()
    })
    afterEach(async () => {
      await current?.close()
    })
    describeAppending(subject)
    describeReading(subject)
    describeDeleting(subject)
    describeHistory(subject)
    describeModel(open)
    describeMany(openForMany, many)
  })
}

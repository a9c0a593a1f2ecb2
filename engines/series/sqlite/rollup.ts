/**
 * Rollups: what was measured in each bucket of a width, of all that one run holds of one series. A run never changes,
 * so neither do they: late readings are in a younger run, and where runs meet, readings themselves are counted.
 */
import { crc32 } from 'node:zlib'

import { BucketFold, Totals } from '../../../nodes/platform/series/bucket-fold.ts'
import { EvenGrid } from '../../../nodes/platform/series/bucket-grid.ts'
import { bucketWidthsMs } from '../../../nodes/platform/series/port.ts'
import { f64 } from './element.ts'

/** All others are made of these. */
export const ROLLUP_WIDTHS_MS: readonly number[] = [
  bucketWidthsMs['1m'],
  bucketWidthsMs['1h'],
  bucketWidthsMs['1d'],
]
/** Fewer readings in a bucket than this are as quickly unpacked. */
const WORTH = 4

/** ts, count, min, max, sum, last. */
const FIELDS = 6

/** Those rollups of a series that are worth keeping. `minutes` has buckets of a minute. */
export function* rollupsOf(minutes: BucketFold): Generator<readonly [number, Uint8Array], void> {
  let readings = 0
  for (const [, { count }] of minutes.entries()) readings += count
  let finer = minutes
  for (const widthMs of ROLLUP_WIDTHS_MS) {
    const fold = new BucketFold(new EvenGrid(widthMs))
    for (const [ts, totals] of finer.entries()) fold.addTotals(ts, totals)
    if (fold.length * WORTH <= readings) yield [widthMs, pack(fold)]
    finer = fold
  }
}

/** `data` must have passed its checksum. */
export function addRollup(data: Uint8Array, into: BucketFold): void {
  const values = new Float64Array(data.slice().buffer)
  for (let at = 0; at < values.length; at += FIELDS) {
    const totals = new Totals()
    totals.count = f64(values, at + 1)
    totals.min = f64(values, at + 2)
    totals.max = f64(values, at + 3)
    totals.sum = f64(values, at + 4)
    totals.last = f64(values, at + 5)
    into.addTotals(f64(values, at), totals)
  }
}

/** Of what it was made of, too, so that one that ended up elsewhere is found out. */
export function rollupChecksum(series: number, widthMs: number, data: Uint8Array): number {
  return crc32(data, crc32(`${series}:${widthMs}`))
}

function pack(fold: BucketFold): Uint8Array {
  const values = new Float64Array(fold.length * FIELDS)
  let at = 0
  for (const [ts, { count, min, max, sum, last }] of fold.entries()) {
    values.set([ts, count, min, max, sum, last], at)
    at += FIELDS
  }
  return new Uint8Array(values.buffer)
}

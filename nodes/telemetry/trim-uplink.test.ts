import { expect, test } from 'vitest'
import { trimUplink } from './trim-uplink.ts'

const hourMs = 3_600_000
const nowMs = 1000 * hourMs

interface World {
  /** When what is kept was received; each takes a hundredth of the engine. */
  readonly entries: number[]
  /** What is not processed yet, and cannot go. */
  readonly unprocessedFromMs?: number
  readonly hasLimit?: boolean
}

async function afterTrimming({ entries, unprocessedFromMs = nowMs, hasLimit = true }: World) {
  let kept = entries
  const warnings: object[] = []
  await trimUplink({
    clock: { nowMs: () => nowMs },
    log: { warn: (fields: object) => void warnings.push(fields) },
    uplinkRetentionMs: 168 * hourMs,
    stream: {
      fullness: () => Promise.resolve(hasLimit ? kept.length / 100 : undefined),
      statistics: () => Promise.resolve({ entries: kept.length, bytes: 0, oldestMs: kept[0] }),
      trim: (_, beforeMs) => {
        const left = kept.filter((atMs) => atMs >= Math.min(beforeMs, unprocessedFromMs))
        const removed = kept.length - left.length
        kept = left
        return Promise.resolve(removed)
      },
    },
  })
  return { kept, warnings }
}

const hourly = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => nowMs - (count - index) * hourMs)

test('what is older than the retention goes, and nothing else while there is room', async () => {
  const old = nowMs - 169 * hourMs
  const { kept, warnings } = await afterTrimming({ entries: [old, ...hourly(80)] })
  expect(kept).toEqual(hourly(80))
  expect(warnings).toEqual([])
})

test('where the engine is nearly full the oldest of what was processed goes, and the log says so', async () => {
  const { kept, warnings } = await afterTrimming({ entries: hourly(95) })
  expect(kept).toEqual(hourly(76))
  expect(warnings).toEqual([{ hours: 77 }])
})

test('what is not processed yet stays, however full it is', async () => {
  const { kept, warnings } = await afterTrimming({
    entries: hourly(95),
    unprocessedFromMs: nowMs - 95 * hourMs,
  })
  expect(kept).toEqual(hourly(95))
  expect(warnings).toEqual([])
})

test('an engine without a limit keeps all of the retention', async () => {
  const { kept } = await afterTrimming({ entries: hourly(150), hasLimit: false })
  expect(kept).toEqual(hourly(150))
})

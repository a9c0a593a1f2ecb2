import { expect, test } from 'vitest'
import { RemotePace } from './remote-pace.ts'

function paceOf(...lags: readonly number[]): RemotePace {
  const left = [...lags]
  return new RemotePace({
    group: 'ingestion',
    freeLag: 100,
    stream: {
      lag: async () => {
        const next = left.shift()
        if (next === undefined) throw new Error('away')
        return next
      },
    },
  })
}
const isDone = async (promise: Promise<void>): Promise<boolean> =>
  (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, 'later'))])) !== 'later'

test('until it is measured, and while the lag is small, nothing waits', async () => {
  const pace = paceOf(100)
  expect(pace.lag).toBe(0)
  await pace.measure()
  expect(pace.lag).toBe(0)
  expect(await isDone(pace.whenLagAtMost(0))).toBe(true)
})

test('beyond that it tells the lag, and lets go when consumers have caught up', async () => {
  const pace = paceOf(500, 200, 50)
  await pace.measure()
  expect(pace.lag).toBe(500)
  const [half, quarter] = [pace.whenLagAtMost(250), pace.whenLagAtMost(100)]
  expect(await isDone(half)).toBe(false)
  await pace.measure()
  expect(await isDone(half)).toBe(true)
  expect(await isDone(quarter)).toBe(false)
  await pace.measure()
  expect(await isDone(quarter)).toBe(true)
})

test('at a stop nothing waits any more', async () => {
  const pace = paceOf(500)
  await pace.measure()
  const waiting = pace.whenLagAtMost(100)
  pace.letGo()
  expect(await isDone(waiting)).toBe(true)
})

test('while the stream does not answer, what was measured counts', async () => {
  const pace = paceOf(500)
  await pace.measure()
  await expect(pace.measure()).rejects.toThrow('away')
  expect(pace.lag).toBe(500)
})

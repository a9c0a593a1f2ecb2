import { describe, expect, it } from 'vitest'
import { reading, START_MS } from '../../platform/series/contract/fixture.ts'
import type { SeriesReading } from '../../platform/series/port.ts'
import { Fence } from './fence.ts'

const period = { orgId: 'org-1', deviceId: 'device-1', fromMs: START_MS, toMs: START_MS + 10 }
const inside = reading({ ts: START_MS + 5 })
const outside = [
  reading({ ts: START_MS + 10 }),
  reading({ ts: START_MS - 1 }),
  reading({ ts: START_MS + 5, deviceId: 'device-2' }),
  reading({ ts: START_MS + 5, orgId: 'org-2' }),
]

/** Appends that end when they are told to. */
function appender(): {
  readonly appended: (readonly SeriesReading[])[]
  readonly append: (readings: readonly SeriesReading[]) => Promise<{ readonly durable: Promise<void> }>
  readonly finish: (() => void)[]
} {
  const appended: (readonly SeriesReading[])[] = []
  const finish: (() => void)[] = []
  return {
    appended,
    finish,
    append: async (readings) => {
      await new Promise<void>((done) => finish.push(done))
      appended.push(readings)
      return { durable: Promise.resolve() }
    },
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

describe('a fence', () => {
  it('is up once no append from before can still arrive', async () => {
    const fence = new Fence()
    const { append, finish } = appender()
    const [first, second] = [fence.append([inside], append), fence.append([inside], append)]
    let isUp = false
    const raised = fence.raise(period).then((lower) => {
      isUp = true
      return lower
    })
    finish[0]?.()
    await first
    await turns()
    expect(isUp).toBe(false)
    finish[1]?.()
    await second
    await turns()
    expect(isUp).toBe(true)
    ;(await raised)()
  })

  it('waits for appends from before other fences as well', async () => {
    const fence = new Fence()
    const { append, finish } = appender()
    const slow = fence.append([inside], append)
    const raised = [fence.raise({ ...period, deviceId: 'device-3' }), fence.raise(period)]
    let up = 0
    for (const one of raised) void one.then(() => (up += 1))
    await turns()
    expect(up).toBe(0)
    finish[0]?.()
    await slow
    for (const lower of await Promise.all(raised)) lower()
    expect(up).toBe(2)
  })

  it('is up at once when nothing is under way, also when an append has failed', async () => {
    const fence = new Fence()
    await expect(fence.append([inside], () => Promise.reject(new Error('full')))).rejects.toThrow('full')
    const lower = await fence.raise(period)
    lower()
  })

  it('lets through what is not of its period, and keeps the rest until it is down', async () => {
    const fence = new Fence()
    const { append, appended, finish } = appender()
    const lower = await fence.raise(period)
    const appending = fence.append([inside, ...outside], append)
    finish[0]?.()
    const { durable } = await appending
    expect(appended).toEqual([outside])
    let isDurable = false
    const settled = durable.then(() => (isDurable = true))
    await turns()
    expect(isDurable).toBe(false)
    lower()
    await turns()
    finish[1]?.()
    await settled
    expect(appended).toEqual([outside, [inside]])
  })

  it('tells of what failed after it was kept, where durability is awaited', async () => {
    const fence = new Fence()
    const lower = await fence.raise(period)
    const { durable } = await fence.append([inside], (readings) =>
      readings.length === 0
        ? Promise.resolve({ durable: Promise.resolve() })
        : Promise.reject(new Error('full')),
    )
    lower()
    await expect(durable).rejects.toThrow('full')
  })
})

import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Watched, watchTroubles } from './troubles.ts'

afterEach(() => {
  vi.useRealTimers()
})

const troublesOf = (changes: Partial<Watched> = {}): Promise<readonly string[]> =>
  watchTroubles({
    store: { probe: () => Promise.resolve() },
    stream: { trouble: undefined },
    series: { trouble: undefined },
    bus: { trouble: undefined },
    flows: () => undefined,
    broker: () => undefined,
    isAccepting: () => true,
    monotonicMs: () => 0,
    ...changes,
  })()

describe('what keeps the platform from being ready', () => {
  test('is nothing when all is well', async () => {
    expect(await troublesOf()).toEqual([])
  })

  test('is all told, in words', async () => {
    const found = await troublesOf({
      isAccepting: () => false,
      flows: () => 'the type "exec" is missing',
      broker: () => new Error('the connection is closed'),
      stream: { trouble: new Error('the disk is full') },
      series: { trouble: new Error('a run is broken') },
      bus: { trouble: new Error('nobody is heard') },
      store: { probe: () => Promise.reject(new Error('locked')) },
    })
    expect(found).toEqual([
      'starting or stopping',
      'flows: the type "exec" is missing',
      'broker: the connection is closed',
      'stream: the disk is full',
      'series: a run is broken',
      'bus: nobody is heard',
      'store: locked',
    ])
  })

  test('is asked of the store once a second at most, however many ask', async () => {
    let [probes, nowMs] = [0, 0]
    const troubles = watchTroubles({
      store: {
        probe: () => {
          probes += 1
          return probes === 1 ? Promise.resolve() : Promise.reject(new Error('locked'))
        },
      },
      stream: { trouble: undefined },
      series: { trouble: undefined },
      bus: { trouble: undefined },
      flows: () => undefined,
      broker: () => undefined,
      isAccepting: () => true,
      monotonicMs: () => nowMs,
    })
    expect(await Promise.all([troubles(), troubles(), troubles()])).toEqual([[], [], []])
    nowMs = 999
    expect(await troubles()).toEqual([])
    expect(probes).toBe(1)
    nowMs = 1000
    expect(await troubles()).toEqual(['store: locked'])
    expect(probes).toBe(2)
  })

  test('is a store that says nothing for two seconds', async () => {
    vi.useFakeTimers()
    const found = troublesOf({ store: { probe: () => new Promise(() => undefined) } })
    await vi.advanceTimersByTimeAsync(2000)
    expect(await found).toEqual(['store: does not answer'])
  })
})

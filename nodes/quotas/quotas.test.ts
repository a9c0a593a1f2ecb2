import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bucket } from './bucket.ts'
import { QuotaBook } from './quota-book.ts'
import { Storage, storageCollection } from './storage.ts'
import { ThrottledIntake } from './throttled-intake.ts'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import type { Route } from '../platform/stream/port.ts'
import { virtualClock } from '../platform/testing/virtual-clock.fixture.ts'

describe('a bucket', () => {
  test('gives no more than its burst and what came since, whenever it is asked', () => {
    const rate = fc.record({
      perSecond: fc.integer({ min: 1, max: 50 }),
      burst: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(rate, fc.array(fc.nat(500), { maxLength: 100 }), ({ burst, perSecond }, pauses) => {
        const bucket = new Bucket({ burst, perSecond }, 0)
        let atMs = 0
        let given = 0
        for (const pauseMs of pauses) {
          atMs += pauseMs
          if (bucket.take(atMs)) given += 1
          expect(given).toBeLessThanOrEqual(burst + (atMs / 1000) * perSecond + 1e-6)
        }
      }),
      { seed: 11, numRuns: 200 },
    )
  })
})

describe('quotas', () => {
  const instances = useInstances(1_767_600_000_000)
  const hub = new MemoryHub()
  const open = (name: string): QuotaBook =>
    new QuotaBook({ store: instances.store, bus: hub.open(name), clock: instances.clock })

  test('of one organization leave the others alone', async () => {
    const book = open('a')
    expect(book.callWaitSeconds('acme')).toBeUndefined()
    await book.set('acme', { apiCallsPerMinute: 3 })
    const answers = Array.from({ length: 5 }, () => book.callWaitSeconds('acme'))
    expect(answers).toEqual([undefined, undefined, undefined, 20, 20])
    expect(book.callWaitSeconds('other')).toBeUndefined()
    await instances.clock.pass(20_000)
    expect([book.callWaitSeconds('acme'), book.callWaitSeconds('acme')]).toEqual([undefined, 20])
    await book.set('acme', {})
    expect(book.callWaitSeconds('acme')).toBeUndefined()
    expect(book.counts.calls).toBe(3)
  })

  test('set on one instance count on the others, and are kept', async () => {
    const [one, other] = [open('b'), open('c')]
    const end = other.follow((error) => {
      throw error
    })
    await one.set('acme', { devices: 7 })
    await instances.clock.pass(0)
    expect(other.of('acme')).toEqual({ devices: 7 })
    end()
    const later = open('d')
    await later.load()
    expect(later.of('acme')).toEqual({ devices: 7 })
  })
})

describe('an organization that holds more than it may', () => {
  const instances = useInstances(1_767_600_000_000)
  const hub = new MemoryHub()

  test('is let nothing through, on all instances, until it holds less; others are', async () => {
    const open = (name: string): QuotaBook =>
      new QuotaBook({ store: instances.store, bus: hub.open(name), clock: instances.clock })
    const [here, there] = [open('e'), open('f')]
    const end = there.follow((error) => {
      throw error
    })
    const held = { acme: 5000, other: 5000 }
    const storage = new Storage({
      ...instances.open('storage'),
      series: { bytesOf: async (orgId) => (orgId === 'acme' ? held.acme : held.other) },
      archive: { days: () => Promise.reject(new Error('away')) },
      limitBytesOf: (orgId) => here.of(orgId).storageBytes,
      changed: (orgId) => here.changed(orgId),
    })
    const organizations = async function* () {
      yield* ['acme', 'other']
    }
    const measure = async (): Promise<void> => {
      await storage.measureAll(organizations(), new AbortController().signal)
      await instances.clock.pass(0)
    }
    await here.set('acme', { storageBytes: 6000 })
    await measure()
    expect([here.isFull('acme'), there.limitsMessages]).toEqual([false, false])
    held.acme = 6001
    await measure()
    for (const book of [here, there]) {
      expect(['acme', 'other'].map((orgId) => book.isFull(orgId))).toEqual([true, false])
      expect(book.messages('acme')?.take(0)).toBe(false)
      expect(book.messages('other')).toBeUndefined()
    }
    expect(here.fullOrganizations).toBe(1)
    const stored = await instances.store.organization('acme').collection(storageCollection).get('storage')
    expect(stored?.document).toMatchObject({ isOver: true, series: 6001, archive: 0, eventSeq: 1 })
    held.acme = 100
    await measure()
    expect([here.isFull('acme'), there.isFull('acme'), there.limitsMessages]).toEqual([false, false, false])
    end()
  })
})

describe('messages beyond the quota', () => {
  const routeOf = (orgId: string): Route => ({ orgId, key: 'd1', type: 't' })
  const opened = (perSecond: number) => {
    const clock = virtualClock()
    const bucket = new Bucket({ perSecond, burst: perSecond }, clock.monotonicMs())
    const passed: string[] = []
    const counts = { calls: 0, messages: 0, refused: 0 }
    const intake = new ThrottledIntake(
      {
        accept({ orgId }, data, done) {
          passed.push(`${orgId}${String(data[0])}`)
          done()
        },
      },
      { counts, limitsMessages: true, messages: (orgId) => (orgId === 'acme' ? bucket : undefined) },
      clock,
    )
    const send = (orgId: string, n: number, done: (error?: Error) => void = () => undefined): void =>
      intake.accept(routeOf(orgId), Uint8Array.of(n), done)
    return { clock, counts, intake, passed, send }
  }

  test('are acknowledged later, in order, at the rate; others are at once', async () => {
    const { clock, counts, passed, send } = opened(10)
    let acknowledged = 0
    for (let n = 0; n < 40; n += 1) send('acme', n, () => (acknowledged += 1))
    expect(acknowledged).toBe(10)
    send('other', 99)
    expect(passed.at(-1)).toBe('other99')
    await clock.pass(1000)
    expect(acknowledged).toBeGreaterThanOrEqual(19)
    expect(acknowledged).toBeLessThanOrEqual(21)
    await clock.pass(2100)
    expect(acknowledged).toBe(40)
    expect(passed.filter((one) => one !== 'other99')).toEqual(
      Array.from({ length: 40 }, (_, n) => `acme${n}`),
    )
    expect(counts.messages).toBe(30)
    expect(clock.timers).toBe(0)
  })

  test('are refused where too many are held up already, and those are not lost', async () => {
    const { clock, counts, passed, send } = opened(1000)
    let [acknowledged, refused] = [0, 0]
    for (let n = 0; n < 11_002; n += 1)
      send('acme', n, (error?: Error) => (error === undefined ? (acknowledged += 1) : (refused += 1)))
    expect({ acknowledged, refused, held: counts.messages }).toEqual({
      acknowledged: 1000,
      refused: 2,
      held: 10_000,
    })
    expect(counts.refused).toBe(2)
    await clock.pass(11_000)
    expect({ acknowledged, passed: passed.length }).toEqual({ acknowledged: 11_000, passed: 11_000 })
  })

  test('are let go when the process stops', () => {
    const { intake, passed, send } = opened(1)
    for (let n = 0; n < 5; n += 1) send('acme', n)
    expect(passed).toHaveLength(1)
    intake.letGo()
    send('acme', 5)
    expect(passed).toEqual(Array.from({ length: 6 }, (_, n) => `acme${n}`))
  })
})

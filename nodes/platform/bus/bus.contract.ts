/** The one suite that every adapter of the bus port passes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bus } from './port.ts'

export interface BusUnderTest {
  /** Another instance on the same bus; resolves when it hears. */
  readonly join: (instance: string) => Promise<Bus>
  /** Keeps what others publish from reaching this instance, until the result is called, which resolves when it hears again. */
  readonly cutOff: (bus: Bus) => Promise<() => Promise<void>>
  readonly dispose: () => Promise<void>
}

export function describeBusContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name} keeps the bus contract:`, () => {
    let world: BusUnderTest
    let a: Bus
    let b: Bus
    beforeEach(async () => {
      world = await open()
      a = await world.join('a')
      b = await world.join('b')
    })
    afterEach(() => world.dispose())

    test('an event reaches every other instance, with who published it, and not its own', async () => {
      const c = await world.join('c')
      const [ofA, ofB, ofC] = [listen(a, 'news'), listen(b, 'news'), listen(c, 'news')]
      await a.publish('news', { device: 'd1' })
      // What comes after it shows that nothing was on its way to the publisher.
      await b.publish('news', 'later')
      await Promise.all([ofA.whenHeard(1), ofB.whenHeard(1), ofC.whenHeard(2)])
      expect(ofA.events).toEqual([['later', 'b']])
      expect(ofB.events).toEqual([[{ device: 'd1' }, 'a']])
      expect(ofC.events).toEqual([
        [{ device: 'd1' }, 'a'],
        ['later', 'b'],
      ])
    })

    test('events of one instance arrive in the order in which they were published', async () => {
      const { events, whenHeard } = listen(b, 'news')
      const numbers = Array.from({ length: 200 }, (_, index) => index)
      await Promise.all(numbers.map((number) => a.publish('news', number)))
      await whenHeard(numbers.length)
      expect(events.map(([event]) => event)).toEqual(numbers)
    })

    test('a listener hears its own topic, and nothing any more once it has ended', async () => {
      const news = listen(b, 'news')
      const weather = listen(b, 'weather')
      await a.publish('weather', 'rain')
      await weather.whenHeard(1)
      weather.end()
      await a.publish('weather', 'sun')
      await a.publish('news', 'last')
      await news.whenHeard(1)
      expect(news.events).toEqual([['last', 'a']])
      expect(weather.events).toEqual([['rain', 'a']])
    })

    test('a listener that throws keeps nothing from the others', async () => {
      b.subscribe('news', () => {
        throw new Error('on purpose')
      })
      const { events, whenHeard } = listen(b, 'news')
      await a.publish('news', 1)
      await a.publish('news', 2)
      await whenHeard(2)
      expect(events.map(([event]) => event)).toEqual([1, 2])
    })

    test('whoever was cut off is told that there is a gap, once it hears again', async () => {
      let gaps = 0
      const told = Promise.withResolvers<void>()
      b.onGap(() => {
        gaps += 1
        told.resolve()
      })
      const { events, whenHeard } = listen(b, 'news')
      const reconnect = await world.cutOff(b)
      await a.publish('news', 'missed')
      await reconnect()
      await told.promise
      await a.publish('news', 'heard')
      await whenHeard(1)
      expect(events.map(([event]) => event)).toEqual(['heard'])
      expect(gaps).toBeGreaterThanOrEqual(1)
    })

    test('nothing missed, no gap', async () => {
      let gaps = 0
      b.onGap(() => (gaps += 1))
      const { whenHeard } = listen(b, 'news')
      for (let number = 0; number < 20; number += 1) await a.publish('news', number)
      await whenHeard(20)
      expect(gaps).toBe(0)
    })

    test('the instances know of one another, and of no trouble', async () => {
      for (const [bus, others] of [
        [a, ['b']],
        [b, ['a']],
      ] as const) {
        await expect.poll(() => bus.others(), { timeout: 5000 }).toEqual(others)
        expect(bus.trouble).toBeUndefined()
      }
    })

    test('who has left hears nothing any more, and the others go on', async () => {
      const c = await world.join('c')
      const left = listen(c, 'news')
      await expect.poll(() => b.others(), { timeout: 5000 }).toContain('c')
      await c.close()
      await expect.poll(() => b.others(), { timeout: 300 }).not.toContain('c')
      const { whenHeard } = listen(b, 'news')
      await a.publish('news', 1)
      await whenHeard(1)
      expect(left.events).toEqual([])
    })
  })
}

interface Heard {
  readonly events: (readonly [event: unknown, from: string])[]
  readonly whenHeard: (count: number) => Promise<void>
  readonly end: () => void
}

function listen(bus: Bus, topic: string): Heard {
  const events: (readonly [unknown, string])[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const end = bus.subscribe(topic, (event, from) => {
    events.push([event, from])
    for (const { count, resolve } of waiting) if (events.length >= count) resolve()
  })
  return {
    events,
    end,
    whenHeard: (count) =>
      events.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve })
          }),
  }
}

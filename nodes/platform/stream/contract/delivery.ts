import { describe, expect, it } from 'vitest'
import { compareOffsets } from '../offset.ts'
import type { Entry } from '../port.ts'
import {
  collector,
  durably,
  entries,
  entry,
  labelOf,
  neverDurably,
  readAll,
  ScriptedHandler,
  type Subject,
  uplink,
} from './fixture.ts'

export function describeDelivery(subject: Subject): void {
  describe('delivery', () => {
    it('hands entries over in the order in which they were appended, whole', async () => {
      const stream = subject().stream()
      const handed: Entry[] = []
      const handle = (batch: readonly Entry[]) => {
        handed.push(...batch)
        return Promise.resolve(durably)
      }
      const consumer = await stream.consume(collector({ handle }))
      await Promise.all([
        stream.append(uplink, [entry('a1', 10), entry('b1', 20)]),
        stream.append(uplink, [entry('a2', 15)]),
        stream.append(uplink, [entry('b2', 12.5)]),
      ])
      await consumer.whenLagAtMost(0)
      expect(handed.map(labelOf)).toEqual(['a1', 'b1', 'a2', 'b2'])
      expect(handed.map(({ atMs }) => atMs)).toEqual([10, 20, 15, 12.5])
      expect(handed.map(({ deliveries }) => deliveries)).toEqual([0, 0, 0, 0])
      expect(handed[0]?.route).toEqual({ orgId: 'org-1', key: 'a', type: 'org/org-1/device/a/telemetry' })
      const offsets = handed.map(({ offset }) => offset)
      expect(offsets.toSorted(compareOffsets)).toEqual(offsets)
      expect(new Set(offsets).size).toBe(4)
    })

    it('takes what waits, at most maxEntries, and waits for no more', async () => {
      const stream = subject().stream()
      await stream.append(uplink, entries('a1', 'a2', 'a3', 'a4', 'a5'))
      await stream.append(uplink, entries('a6', 'a7'))
      const handler = new ScriptedHandler()
      await stream.consume(collector({ handle: handler.handle, maxEntries: 3 }))
      const sizes: number[] = []
      for (let left = 7; left > 0;) {
        const hand = await handler.next()
        sizes.push(hand.labels.length)
        left -= hand.labels.length
        hand.answer(durably)
      }
      expect(Math.max(...sizes)).toBe(3)
      await stream.append(uplink, entries('a8'))
      expect((await handler.next()).labels).toEqual(['a8'])
    })

    it('makes one call at a time', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      let calls = 0
      const handle = async (batch: readonly Entry[]) => {
        calls += 1
        const handled = await handler.handle(batch)
        calls -= 1
        return handled
      }
      await stream.consume(collector({ handle, maxEntries: 2 }))
      await stream.append(uplink, entries('a1', 'b1', 'c1', 'd1'))
      const first = await handler.next()
      await stream.append(uplink, entries('e1'))
      expect(calls).toBe(1)
      first.answer(durably)
      const second = await handler.next()
      expect(calls).toBe(1)
      second.answer(durably)
    })

    it('gives every group everything, and streams nothing of each other', async () => {
      const stream = subject().stream()
      const one = collector({ group: 'one' })
      const two = collector({ group: 'two', maxEntries: 1 })
      const other = collector({ stream: 'events', group: 'one' })
      const consumers = await Promise.all([one, two, other].map((options) => stream.consume(options)))
      await stream.append(uplink, entries('a1', 'a2', 'a3'))
      await stream.append('events', entries('e1'))
      await Promise.all(consumers.map((consumer) => consumer.whenLagAtMost(0)))
      expect([one.seen, two.seen, other.seen]).toEqual([['a1', 'a2', 'a3'], ['a1', 'a2', 'a3'], ['e1']])
    })

    it('begins a new group where it asks to, and remembers that it has begun', async () => {
      const stream = subject().stream()
      await stream.append(uplink, entries('a1'))
      await stream.consume(collector({ group: 'late', startAt: 'end' }))
      const reopened = await subject().reopen()
      await reopened.append(uplink, entries('a2'))
      const late = collector({ group: 'late', startAt: 'end' })
      const early = collector({ group: 'early' })
      const consumers = await Promise.all([late, early].map((options) => reopened.consume(options)))
      await Promise.all(consumers.map((consumer) => consumer.whenLagAtMost(0)))
      expect([late.seen, early.seen]).toEqual([['a2'], ['a1', 'a2']])
    })

    it('shares a group between its consumers, each entry once and each key in order', async () => {
      const stream = subject().stream()
      const seen: string[] = []
      const handle = (batch: readonly Entry[]) => {
        seen.push(...batch.map(labelOf))
        return Promise.resolve(durably)
      }
      const [first, second] = await Promise.all([
        stream.consume(collector({ handle, maxEntries: 2 })),
        stream.consume(collector({ handle, maxEntries: 2 })),
      ])
      for (let round = 0; round < 5; round += 1) {
        await stream.append(uplink, entries(`a${round}`, `b${round}`, `c${round}`))
        if (round === 2) await first.close()
      }
      await second.whenLagAtMost(0)
      expect(seen.toSorted()).toEqual(
        ['a', 'b', 'c'].flatMap((key) => [0, 1, 2, 3, 4].map((n) => `${key}${n}`)),
      )
      for (const key of ['a', 'b', 'c']) {
        const own = seen.filter((label) => label.startsWith(key))
        expect(own).toEqual(own.toSorted())
      }
    })

    it('hands over on close: what is processed stays, what is in hand and not finished comes again', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const leaving = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      await stream.append(uplink, entries('a1', 'a2', 'a3'))
      const finished = await handler.next()
      finished.answer(neverDurably())
      const hung = await handler.next()
      expect(hung.labels).toEqual(['a2'])
      await leaving.close(0)
      const next = new ScriptedHandler()
      await stream.consume(collector({ handle: next.handle, maxEntries: 1 }))
      const again = await next.next()
      expect(again.labels).toEqual(['a2'])
      expect(again.entries[0]?.deliveries).toBe(1)
    })

    it('lets the batch in hand finish within the grace', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const leaving = await stream.consume(collector({ handle: handler.handle }))
      await stream.append(uplink, entries('a1'))
      const hand = await handler.next()
      const closed = leaving.close(60_000)
      hand.answer(durably)
      await closed
      await stream.append(uplink, entries('a2'))
      const next = collector()
      await (await stream.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a2'])
    })

    it('fences off what a forgotten handler still says', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const leaving = await stream.consume(collector({ handle: handler.handle }))
      await stream.append(uplink, entries('a1'))
      const hung = await handler.next()
      await leaving.close(0)
      hung.answer({ kind: 'processed', durable: Promise.reject(new Error('too late')) })
      const next = collector()
      await (await stream.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a1'])
    })

    it('says how far a consumer is behind, and when it is no more', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 2 }))
      expect(consumer.lag).toBe(0)
      await stream.append(uplink, entries('a1', 'a2', 'a3'))
      expect(consumer.lag).toBe(3)
      await consumer.whenLagAtMost(3)
      const [nearly, wholly] = [consumer.whenLagAtMost(1), consumer.whenLagAtMost(0)]
      const first = await handler.next()
      first.answer(durably)
      await nearly
      expect(consumer.lag).toBe(1)
      const second = await handler.next()
      second.answer(durably)
      await wholly
      expect(consumer.lag).toBe(0)
    })

    it('leaves nobody waiting for the lag of a consumer that closes', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle }))
      await stream.append(uplink, entries('a1'))
      const waiting = consumer.whenLagAtMost(0)
      await consumer.close(0)
      await waiting
      await consumer.whenLagAtMost(0)
      expect(consumer.lag).toBe(1)
    })

    it('keeps a group from trimming only until it is forgotten', async () => {
      const stream = subject().stream()
      await stream.append(uplink, entries('a1'))
      const consumer = await stream.consume(collector({ handle: new ScriptedHandler().handle }))
      await expect(stream.forgetGroup(uplink, 'process')).rejects.toThrow('has consumers')
      await consumer.close(0)
      expect(await stream.trim(uplink, 5000)).toBe(0)
      expect(await stream.forgetGroup(uplink, 'process')).toBe(true)
      expect(await stream.forgetGroup(uplink, 'process')).toBe(false)
      expect(await stream.trim(uplink, 5000)).toBe(1)
      expect(await readAll(stream.read(uplink))).toEqual([])
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { Entry, Handled } from '../port.ts'
import {
  collector,
  durably,
  entries,
  failed,
  labelOf,
  neverDurably,
  ScriptedHandler,
  type Subject,
  unavailable,
  uplink,
} from './fixture.ts'

/** What the next call brings, which becomes durable. */
async function takeDurably(handler: ScriptedHandler): Promise<readonly string[]> {
  const hand = await handler.next()
  hand.answer(durably)
  return hand.labels
}

export function describeFailures(subject: Subject): void {
  describe('failures', () => {
    it('brings back after a restart what was processed but not durably, and nothing else', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      await stream.append(uplink, entries('a1', 'a2', 'a3'))
      for (const handled of [durably, neverDurably(), durably]) (await handler.next()).answer(handled)
      await stream.append(uplink, entries('a4'))
      expect((await handler.next()).labels).toEqual(['a4'])
      const closing = subject().reopen()
      const reopened = await closing
      const next = collector()
      await (await reopened.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a2', 'a3', 'a4'])
    })

    it('moves on for good when durability comes late', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      await stream.append(uplink, entries('a1', 'a2'))
      const late = Promise.withResolvers<void>()
      ;(await handler.next()).answer({ kind: 'processed', durable: late.promise })
      ;(await handler.next()).answer(durably)
      await consumer.whenLagAtMost(0)
      late.resolve()
      const reopened = await subject().reopen()
      await reopened.append(uplink, entries('a3'))
      const next = collector()
      await (await reopened.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a3'])
    })

    it('goes back at once to what did not become durable', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      await stream.append(uplink, entries('a1', 'a2'))
      const lost = Promise.withResolvers<void>()
      ;(await handler.next()).answer({ kind: 'processed', durable: lost.promise })
      ;(await handler.next()).answer(durably)
      await consumer.whenLagAtMost(0)
      lost.reject(new Error('the tail is gone'))
      expect([...(await takeDurably(handler)), ...(await takeDurably(handler))]).toEqual(['a1', 'a2'])
      await consumer.whenLagAtMost(0)
    })

    it('takes batches that wait for one promise as durable together', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      await stream.append(uplink, entries('a1', 'a2', 'a3'))
      const { promise, resolve } = Promise.withResolvers<void>()
      ;(await handler.next()).answer({ kind: 'processed', durable: promise })
      ;(await handler.next()).answer({ kind: 'processed', durable: promise })
      ;(await handler.next()).answer(neverDurably())
      await consumer.whenLagAtMost(0)
      resolve()
      const reopened = await subject().reopen()
      const next = collector()
      await (await reopened.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a3'])
    })

    it('goes back to the first of those that waited for one promise in vain', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      await stream.append(uplink, entries('a1', 'a2', 'a3'))
      const { promise, reject } = Promise.withResolvers<void>()
      ;(await handler.next()).answer(durably)
      ;(await handler.next()).answer({ kind: 'processed', durable: promise })
      ;(await handler.next()).answer({ kind: 'processed', durable: promise })
      await consumer.whenLagAtMost(0)
      reject(new Error('the tail is gone'))
      expect([...(await takeDurably(handler)), ...(await takeDurably(handler))]).toEqual(['a2', 'a3'])
      await consumer.whenLagAtMost(0)
    })

    it('offers the same batch for as long as the world is unavailable', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const abandoned: string[] = []
      const abandon = (one: Entry) => Promise.resolve(void abandoned.push(labelOf(one)))
      const consumer = await stream.consume(
        collector({ handle: handler.handle, maxDeliveries: 2, maxEntries: 2, abandon }),
      )
      await stream.append(uplink, entries('a1', 'b1', 'a2'))
      for (let deliveries = 0; deliveries < 5; deliveries += 1) {
        const hand = await handler.next()
        expect(hand.labels).toEqual(['a1', 'b1'])
        expect(hand.entries.map((one) => one.deliveries)).toEqual([deliveries, deliveries])
        hand.answer(unavailable)
      }
      ;(await handler.next()).answer(durably)
      const rest = await handler.next()
      expect(rest.labels).toEqual(['a2'])
      expect(rest.entries[0]?.deliveries).toBe(0)
      rest.answer(durably)
      await consumer.whenLagAtMost(0)
      expect(abandoned).toEqual([])
    })

    it.each<[string, () => Promise<Handled>]>([
      ['says failed', () => Promise.resolve(failed)],
      ['rejects', () => Promise.reject(new Error('cannot be processed'))],
      [
        'throws',
        () => {
          throw new Error('cannot be processed')
        },
      ],
    ])(
      'isolates and abandons a poison entry when the handler %s; the others pass once, in order',
      async (_, fail) => {
        const stream = subject().stream()
        const passed: string[] = []
        const abandoned: { label: string; message: string; oftenEnough: boolean }[] = []
        let tries = 0
        const consumer = await stream.consume(
          collector({
            maxDeliveries: 3,
            handle: (batch) => {
              const labels = batch.map(labelOf)
              if (labels.includes('c1') && labels.length === 1) tries += 1
              if (labels.includes('c1')) return fail()
              passed.push(...labels)
              return Promise.resolve(durably)
            },
            abandon: (one, { message }) => {
              abandoned.push({ label: labelOf(one), message, oftenEnough: one.deliveries >= 3 })
              return Promise.resolve()
            },
          }),
        )
        await stream.append(uplink, entries('a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3'))
        await consumer.whenLagAtMost(0)
        expect(passed).toEqual(['a1', 'b1', 'a2', 'b2', 'c2', 'a3'])
        expect(tries).toBe(3)
        expect(abandoned).toEqual([{ label: 'c1', message: 'cannot be processed', oftenEnough: true }])
        const reopened = await subject().reopen()
        await reopened.append(uplink, entries('a4'))
        const next = collector()
        await (await reopened.consume(next)).whenLagAtMost(0)
        expect(next.seen).toEqual(['a4'])
      },
    )

    it('abandons nothing that succeeds on its last try', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const abandoned: string[] = []
      const abandon = (one: Entry) => Promise.resolve(void abandoned.push(labelOf(one)))
      const consumer = await stream.consume(collector({ handle: handler.handle, maxDeliveries: 3, abandon }))
      await stream.append(uplink, entries('a1'))
      for (const handled of [failed, unavailable, failed, durably]) (await handler.next()).answer(handled)
      await consumer.whenLagAtMost(0)
      expect(abandoned).toEqual([])
    })

    it('tries again to abandon until that is durable', async () => {
      const stream = subject().stream()
      let refusals = 3
      const handle = () => Promise.resolve(failed)
      const abandon = () => {
        refusals -= 1
        return refusals >= 0 ? Promise.reject(new Error('no dead letters now')) : Promise.resolve()
      }
      const consumer = await stream.consume(collector({ maxDeliveries: 1, handle, abandon }))
      await stream.append(uplink, entries('a1'))
      await consumer.whenLagAtMost(0)
      expect(refusals).toBe(-1)
    })

    it('goes on in another consumer when one closes while it isolates', async () => {
      const stream = subject().stream()
      const handler = new ScriptedHandler()
      const leaving = await stream.consume(collector({ handle: handler.handle }))
      await stream.append(uplink, entries('a1', 'b1', 'a2', 'b2'))
      ;(await handler.next()).answer(failed)
      const half = await handler.next()
      expect(half.labels).toEqual(['a1', 'b1'])
      const closed = leaving.close()
      half.answer(durably)
      await closed
      const next = collector()
      await (await stream.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a2', 'b2'])
    })
  })
}

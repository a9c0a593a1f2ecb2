/** The one suite that every adapter of the port of live events passes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LiveChannel, LiveEvent } from './port.ts'

export interface LiveWatcher {
  /** The oldest event that it got and that was not asked for yet, with its name. */
  next(): Promise<unknown>
  leave(): Promise<void>
}

/** `d1` and `d2` are devices of acme, `x1` is one of another organization. */
export interface LiveUnderTest extends AsyncDisposable {
  /** Where events are published: with several instances another one than where is watched. */
  readonly channel: LiveChannel
  /** Resolves when the watcher counts where is published. Without devices: all of the organization; without events: all of them. */
  watch(orgId: string, devices?: readonly string[], events?: readonly string[]): Promise<LiveWatcher>
}

const reading = (deviceId: string, value: number): LiveEvent & Readonly<Record<string, unknown>> => ({
  name: 'reading',
  deviceId,
  port: 1,
  ts: '2025-09-06T12:00:00.000Z',
  rawValue: value,
  calibratedValue: value,
  quality: 'good',
})
const state = (deviceId: string): LiveEvent & Readonly<Record<string, unknown>> => ({
  name: 'state',
  deviceId,
  online: true,
  lastSeen: null,
  reported: { fan: 1 },
})

export function describeLiveContract(name: string, open: () => Promise<LiveUnderTest>): void {
  describe(`live events: ${name}`, () => {
    let live: LiveUnderTest
    beforeEach(async () => {
      live = await open()
    })
    afterEach(() => live[Symbol.asyncDispose]())

    test('nobody watches at first, and publishing is let be', () => {
      expect([live.channel.hasWatchers(), live.channel.isWatched('acme', 'd1', 'reading')]).toEqual([
        false,
        false,
      ])
      expect(() => live.channel.publish('acme', reading('d1', 1))).not.toThrow()
    })

    test('who watches a device gets its events as they were published, in order', async () => {
      const watcher = await live.watch('acme', ['d1'])
      expect(live.channel.hasWatchers()).toBe(true)
      const events = [reading('d1', 1), state('d1'), reading('d1', 2)]
      for (const event of events) live.channel.publish('acme', event)
      expect([await watcher.next(), await watcher.next(), await watcher.next()]).toEqual(events)
    })

    test('and those of no other, of its organization or elsewhere', async () => {
      const watcher = await live.watch('acme', ['d1'])
      const { channel } = live
      const asked = [channel.isWatched('acme', 'd1', 'reading'), channel.isWatched('acme', 'd2', 'reading')]
      expect([...asked, channel.isWatched('other', 'd1', 'reading')]).toEqual([true, false, false])
      channel.publish('acme', reading('d2', 1))
      channel.publish('other', reading('d1', 2))
      channel.publish('acme', reading('d1', 3))
      expect(await watcher.next()).toEqual(reading('d1', 3))
    })

    test('what is for one user reaches their own connections, whatever they watch, and nobody else', async () => {
      const [one, all] = [await live.watch('acme', ['d1']), await live.watch('acme')]
      const elsewhere = await live.watch('other')
      const { channel } = live
      const notice = { name: 'notification', id: 'n1' } as const
      channel.publish('acme', { ...notice, userId: 'somebody else' })
      channel.publish('acme', { ...notice, userId: 'u1' })
      channel.publish('other', state('x1'))
      expect([await one.next(), await all.next(), await elsewhere.next()]).toEqual([
        notice,
        notice,
        state('x1'),
      ])
    })

    test('who watches an organization gets those of every device of it, once', async () => {
      const watcher = await live.watch('acme')
      expect([
        live.channel.isWatched('acme', 'd2', 'reading'),
        live.channel.isWatched('other', 'x1', 'reading'),
      ]).toEqual([true, false])
      live.channel.publish('other', reading('x1', 1))
      live.channel.publish('acme', reading('d1', 2))
      live.channel.publish('acme', reading('d2', 3))
      expect([await watcher.next(), await watcher.next()]).toEqual([reading('d1', 2), reading('d2', 3)])
    })

    test('who wants events of some names gets no others, and asks for no others to be made', async () => {
      const [one, states] = [
        await live.watch('acme', ['d2'], ['command', 'state']),
        await live.watch('acme', undefined, ['state']),
      ]
      await expect.poll(() => live.channel.isWatched('acme', 'd1', 'state'), { timeout: 5000 }).toBe(true)
      const { channel } = live
      const asked = ['state', 'reading'].map((each) => channel.isWatched('acme', 'd2', each))
      expect([...asked, channel.isWatched('acme', 'd1', 'command')]).toEqual([true, false, false])
      expect(channel.isWatched('acme', 'd2', 'command')).toBe(true)
      channel.publish('acme', reading('d2', 1))
      channel.publish('acme', state('d1'))
      channel.publish('acme', state('d2'))
      expect([await states.next(), await states.next()]).toEqual([state('d1'), state('d2')])
      expect(await one.next()).toEqual(state('d2'))
    })

    test('several who watch the same get it each', async () => {
      const watchers = [await live.watch('acme', ['d1']), await live.watch('acme', ['d1', 'd2'])]
      live.channel.publish('acme', reading('d1', 1))
      expect(await Promise.all(watchers.map((watcher) => watcher.next()))).toEqual([
        reading('d1', 1),
        reading('d1', 1),
      ])
    })

    test('who has left is not watched for any more, while others stay', async () => {
      const [leaving, staying] = [await live.watch('acme', ['d1']), await live.watch('acme', ['d2'])]
      await leaving.leave()
      await expect.poll(() => live.channel.isWatched('acme', 'd1', 'reading'), { timeout: 5000 }).toBe(false)
      expect(live.channel.isWatched('acme', 'd2', 'reading')).toBe(true)
      await staying.leave()
      await expect.poll(() => live.channel.hasWatchers(), { timeout: 5000 }).toBe(false)
    })
  })
}

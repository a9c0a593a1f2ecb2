import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { NewEntry } from '../port.ts'
import {
  collector,
  durably,
  entries,
  entry,
  labelOf,
  labelsOf,
  readAll,
  routeOf,
  ScriptedHandler,
  type Subject,
  uplink,
} from './fixture.ts'

const hostile = [
  '',
  ' ',
  "'; DROP TABLE stream; --",
  '__proto__',
  'constructor',
  '*',
  'a:b}{%$',
  'nul\u0000inside',
  'lone \ud800 surrogate',
  'Überhitzung 🌡️ 温度',
  '../../etc/passwd',
  'x'.repeat(70_000),
]

export function describeKeeping(subject: Subject): void {
  describe('keeping', () => {
    it('keeps what it acknowledged', async () => {
      await subject().stream().append(uplink, entries('a1', 'b1'))
      await subject().stream().append(uplink, entries('a2'))
      const reopened = await subject().reopen()
      expect(labelsOf(await readAll(reopened.read(uplink)))).toEqual(['a1', 'b1', 'a2'])
      await reopened.append(uplink, entries('a3'))
      expect(labelsOf(await readAll(reopened.read(uplink)))).toEqual(['a1', 'b1', 'a2', 'a3'])
    })

    it('reads from an offset, in a time, of an organization, of a key', async () => {
      const stream = subject().stream()
      const foreign: NewEntry = { ...entry('x1', 25), route: { ...routeOf('a'), orgId: 'org-2' } }
      await stream.append(uplink, [entry('a1', 10), entry('b1', 20)])
      await stream.append(uplink, [foreign, entry('a2', 15)])
      await stream.append(uplink, [entry('b2', 40)])
      await stream.append(uplink, [entry('a3', 30)])
      const all = await readAll(stream.read(uplink))
      const read = async (options: Parameters<typeof stream.read>[1]) =>
        (await readAll(stream.read(uplink, options))).map(labelOf)
      expect(all.map(labelOf)).toEqual(['a1', 'b1', 'x1', 'a2', 'b2', 'a3'])
      expect(await read({ fromOffset: all[3]?.offset ?? '' })).toEqual(['a2', 'b2', 'a3'])
      expect(await read({ fromMs: 20 })).toEqual(['b1', 'x1', 'b2', 'a3'])
      expect(await read({ toMs: 20 })).toEqual(['a1', 'a2'])
      expect(await read({ fromMs: 30, toMs: 40 })).toEqual(['a3'])
      expect(await read({ fromMs: 41 })).toEqual([])
      expect(await read({ orgId: 'org-2' })).toEqual(['x1'])
      expect(await read({ key: 'a', orgId: 'org-1' })).toEqual(['a1', 'a2', 'a3'])
      expect(await read({ key: 'a', fromMs: 15, fromOffset: all[1]?.offset ?? '' })).toEqual([
        'x1',
        'a2',
        'a3',
      ])
      expect(await readAll(stream.read('nothing'))).toEqual([])
      await expect(readAll(stream.read(uplink, { fromOffset: 'no offset' }))).rejects.toThrow(RangeError)
    })

    it('reads and hands over a long backlog of many appends and keys, whole and in order', async () => {
      const stream = subject().stream()
      const labels = Array.from({ length: 600 }, (_, at) => `${'abcdefghij'.charAt((at * 7) % 10)}${at}`)
      const appends: Promise<void>[] = []
      for (let at = 0; at < labels.length; at += 3) {
        const append = stream.append(uplink, entries(...labels.slice(at, at + 3)), true)
        appends.push(append)
        if (at % 5 !== 0) await append
      }
      await Promise.all(appends)
      expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(labels)
      const options = collector({ maxEntries: 17 })
      await (await stream.consume(options)).whenLagAtMost(0)
      expect(options.seen).toEqual(labels)
    })

    it('reads without touching any group', async () => {
      const stream = subject().stream()
      await stream.append(uplink, entries('a1', 'a2'))
      const options = collector()
      const consumer = await stream.consume(options)
      await consumer.whenLagAtMost(0)
      expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'a2'])
      await stream.append(uplink, entries('a3'))
      await consumer.whenLagAtMost(0)
      expect(options.seen).toEqual(['a1', 'a2', 'a3'])
    })

    it('finds by time exactly what a filter over everything finds', async () => {
      const stream = subject().stream()
      const times = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }), {
        maxLength: 12,
      })
      let run = 0
      await fc.assert(
        fc.asyncProperty(
          times,
          fc.integer({ min: 0, max: 50 }),
          fc.integer({ min: 0, max: 50 }),
          async (batches, a, b) => {
            run += 1
            const name = `times-${run}`
            for (const batch of batches)
              await stream.append(
                name,
                batch.map((atMs) => entry(`t${atMs}`, atMs)),
              )
            const [fromMs, toMs] = [Math.min(a, b), Math.max(a, b)]
            const found = await readAll(stream.read(name, { fromMs, toMs }))
            expect(found.map(({ atMs }) => atMs)).toEqual(
              batches.flat().filter((ms) => ms >= fromMs && ms < toMs),
            )
          },
        ),
        { numRuns: 25 },
      )
    }, 30_000)

    it('keeps bytes as they are', async () => {
      const stream = subject().stream()
      const whole = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const data = [
        whole,
        new Uint8Array(0),
        Buffer.from('{"a":1}'),
        whole.subarray(3, 9),
        new Uint8Array(200_000).fill(7),
      ]
      await stream.append(
        uplink,
        data.map((bytes) => ({ ...entry('a1'), data: bytes })),
      )
      const expected = data.map((bytes) => Buffer.from(bytes).toString('hex'))
      const hex = (batch: readonly NewEntry[]) => batch.map((one) => Buffer.from(one.data).toString('hex'))
      expect(hex(await readAll(stream.read(uplink)))).toEqual(expected)
      expect(hex(await readAll((await subject().reopen()).read(uplink)))).toEqual(expected)
    })

    it('takes any text for a route, a stream and a group', async () => {
      const stream = subject().stream()
      for (const text of hostile) {
        const route = { orgId: text, key: text, type: text }
        await stream.append(`s ${text}`, [{ route, atMs: 1, data: Buffer.from('x') }])
        await (await stream.consume(collector({ stream: `s ${text}`, group: `g ${text}` }))).whenLagAtMost(0)
      }
      const reopened = await subject().reopen()
      for (const text of hostile) {
        const found = await readAll(reopened.read(`s ${text}`, { orgId: text, key: text }))
        expect(found.map(({ route }) => route)).toEqual([{ orgId: text, key: text, type: text }])
        const next = collector({ stream: `s ${text}`, group: `g ${text}` })
        await (await reopened.consume(next)).whenLagAtMost(0)
        expect(next.seen).toEqual([])
      }
    })

    it('refuses what is no entry, and that alone', async () => {
      const stream = subject().stream()
      const outcomes = await Promise.allSettled([
        stream.append(uplink, entries('a1')),
        stream.append(uplink, [entry('b1'), entry('b2', Number.NaN)]),
        stream.append(uplink, []),
        stream.append(uplink, entries('a2')),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ])
      expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a1', 'a2'])
      expect(stream.trouble).toBeUndefined()
    })

    it('trims what is old, and nothing that a group has not durably processed', async () => {
      const stream = subject().stream()
      await stream.append(uplink, [entry('a1', 10), entry('a2', 11)])
      await stream.append(uplink, [entry('a3', 20)])
      await stream.append(uplink, [entry('a4', 30)])
      const handler = new ScriptedHandler()
      const slow = await stream.consume(collector({ group: 'slow', handle: handler.handle, maxEntries: 2 }))
      await (await stream.consume(collector({ group: 'quick' }))).close()
      const first = await handler.next()
      expect(await stream.trim(uplink, 100)).toBe(0)
      first.answer(durably)
      await handler.next()
      await slow.close(0)
      expect(await stream.trim(uplink, 11)).toBe(0)
      expect(await stream.trim(uplink, 100)).toBe(2)
      expect(labelsOf(await readAll(stream.read(uplink)))).toEqual(['a3', 'a4'])
      const rest = collector({ group: 'slow' })
      await (await stream.consume(rest)).whenLagAtMost(0)
      expect(rest.seen).toEqual(['a3', 'a4'])
      expect(await stream.trim('nothing', 100)).toBe(0)
    })

    it('never gives an offset twice, even when all was trimmed before a restart', async () => {
      const stream = subject().stream()
      await stream.append(uplink, entries('a1', 'a2'))
      const options = collector()
      await (await stream.consume(options)).whenLagAtMost(0)
      const offsets = (await readAll(stream.read(uplink))).map(({ offset }) => offset)
      const middle = await subject().reopen()
      expect(await middle.trim(uplink, 5000)).toBe(2)
      expect(await middle.statistics(uplink)).toEqual({ entries: 0, bytes: 0, oldestMs: undefined })
      const reopened = await subject().reopen()
      await reopened.append(uplink, entries('a3'))
      const [added] = await readAll(reopened.read(uplink, { fromOffset: offsets[0] ?? '' }))
      expect(added === undefined ? undefined : labelOf(added)).toBe('a3')
      expect(offsets).not.toContain(added?.offset)
      const next = collector()
      await (await reopened.consume(next)).whenLagAtMost(0)
      expect(next.seen).toEqual(['a3'])
    })

    it('tells how far a group is behind for good, whether it consumes here or not', async () => {
      const stream = subject().stream()
      expect(await stream.lag(uplink, 'process')).toBe(0)
      await stream.append(uplink, entries('a1', 'b1', 'a2', 'b2'))
      expect(await stream.lag(uplink, 'process')).toBe(4)
      const handler = new ScriptedHandler()
      const consumer = await stream.consume(collector({ handle: handler.handle, maxEntries: 1 }))
      ;(await handler.next()).answer(durably)
      const late = Promise.withResolvers<void>()
      ;(await handler.next()).answer({ kind: 'processed', durable: late.promise })
      await handler.next()
      expect(consumer.lag).toBe(2)
      await vi.waitFor(async () => expect(await stream.lag(uplink, 'process')).toBe(3))
      late.resolve()
      await vi.waitFor(async () => expect(await stream.lag(uplink, 'process')).toBe(2))
      expect(await stream.lag(uplink, 'other')).toBe(4)
      const reopening = subject().reopen()
      const reopened = await reopening
      expect(await reopened.lag(uplink, 'process')).toBe(2)
    })

    it('knows of no limit where none is set', async () => {
      expect(await subject().stream().fullness()).toBeUndefined()
    })

    it('counts what it keeps', async () => {
      const stream = subject().stream()
      expect(await stream.statistics(uplink)).toEqual({ entries: 0, bytes: 0, oldestMs: undefined })
      await stream.append(uplink, [entry('a1', 10)])
      await stream.append(uplink, [entry('a2', 20), entry('a3', 30)])
      const { entries: count, bytes, oldestMs } = await stream.statistics(uplink)
      expect({ count, oldestMs }).toEqual({ count: 3, oldestMs: 10 })
      expect(bytes).toBeGreaterThanOrEqual(6)
      await stream.trim(uplink, 15)
      const after = await stream.statistics(uplink)
      expect({ ...after, bytes: 0 }).toEqual({ entries: 2, bytes: 0, oldestMs: 20 })
      expect(after.bytes).toBeLessThan(bytes)
    })
  })
}

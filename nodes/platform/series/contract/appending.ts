import { expect, it } from 'vitest'

import { contains, asItems, DAY_MS, everything, itemsOf, reading, readings, START_MS } from './fixture.ts'
import type { SeriesUnderTest } from './fixture.ts'

export function describeAppending(subject: () => SeriesUnderTest): void {
  it('shows readings as soon as append resolves', async () => {
    const { store } = subject()
    await store.append(readings(3))
    expect(await itemsOf(store)).toEqual(asItems(readings(3)))
  })

  it('accepts an empty batch', async () => {
    const { store } = subject()
    const { durable } = await store.append([])
    await store.flush()
    await durable
    expect(await itemsOf(store)).toEqual([])
  })

  it.each([
    ['in the same batch', 'nothing'],
    ['in the next batch', 'append'],
    ['after a flush', 'flush'],
    ['after reopening', 'reopen'],
  ] as const)('keeps the first value when a reading is repeated %s', async (_name, between) => {
    const test = subject()
    const first = reading({ rawValue: 1 })
    const repeat = reading({ rawValue: 2, quality: 'suspect' })
    if (between === 'nothing') await test.store.append([first, repeat])
    else {
      await test.store.append([first])
      if (between === 'flush') await test.store.flush()
      if (between === 'reopen') await test.reopen()
      await test.store.append([repeat])
    }
    expect(await itemsOf(test.store)).toEqual(asItems([first]))
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems([first]))
    await test.settle()
    expect(await itemsOf(test.store)).toEqual(asItems([first]))
    await test.reopen()
    expect(await itemsOf(test.store)).toEqual(asItems([first]))
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems([first]))
  })

  it('keeps what is durable through a crash', async () => {
    const test = subject()
    const { durable } = await test.store.append(readings(100))
    const flushed = test.store.flush()
    await durable
    await test.crash()
    expect(await itemsOf(test.store)).toEqual(asItems(readings(100)))
    await flushed
  })

  it('goes on after a crash', async () => {
    const test = subject()
    await test.store.append(readings(10))
    await test.store.flush()
    await test.crash()
    const more = [reading({ ts: START_MS + DAY_MS }), reading({ deviceId: 'device-2' })]
    await test.store.append(more)
    await test.settle()
    await test.reopen()
    expect(await itemsOf(test.store)).toEqual(asItems([...readings(10), ...more.slice(0, 1)]))
    expect(await itemsOf(test.store, { deviceId: 'device-2' })).toEqual(asItems(more.slice(1)))
  })

  it('brings every finite value back exactly', async () => {
    const test = subject()
    const values = [
      0,
      -0,
      5e-324,
      -5e-324,
      1.79e308,
      -1.79e308,
      0.1 + 0.2,
      2 ** 53,
      -(2 ** 52) - 1,
      1e21,
      230.5,
    ]
    const stored = values.flatMap((value, port) =>
      [value, 1, value, 0.5, -value].map((rawValue, i) =>
        reading({ port, ts: START_MS + i, rawValue, calibratedValue: value }),
      ),
    )
    const expected = asItems(stored.toSorted((a, b) => a.ts - b.ts || a.port - b.port))
    await test.store.append(stored)
    expect(await itemsOf(test.store)).toEqual(expected)
    await test.settle()
    await test.reopen()
    expect(await itemsOf(test.store)).toEqual(expected)
  })

  it('brings every quality and any receive time back', async () => {
    const test = subject()
    const stored = [
      reading({ ts: START_MS, quality: 'out-of-range', ingestTs: 0 }),
      reading({ ts: START_MS + 1, quality: 'late', ingestTs: START_MS + 40 * DAY_MS }),
      reading({ ts: START_MS + 2, quality: 'suspect', ingestTs: START_MS - 5000 }),
      reading({ ts: START_MS + 3, quality: 'good', ingestTs: START_MS + 3.25 }),
    ]
    await test.store.append(stored)
    await test.reopen()
    expect(await itemsOf(test.store)).toEqual(asItems(stored))
  })

  it('takes times from the remote past to the far future', async () => {
    const test = subject()
    const times = [
      Number.MIN_SAFE_INTEGER,
      -DAY_MS - 1,
      -DAY_MS,
      -1,
      0,
      1,
      DAY_MS,
      8.64e15,
      Number.MAX_SAFE_INTEGER,
    ]
    const stored = times.map((ts, i) => reading({ ts, rawValue: i, ingestTs: START_MS }))
    await test.store.append(stored.toReversed())
    const query = { ...everything, toMs: Infinity, fromMs: -Infinity }
    expect(await itemsOf(test.store, query)).toEqual(asItems(stored))
    await test.settle()
    await test.reopen()
    expect(await itemsOf(test.store, query)).toEqual(asItems(stored))
    expect(await test.store.latest('org-1', 'device-1')).toEqual(asItems(stored.slice(-1)))
    expect(await contains(test.store, stored)).toEqual(stored.map(() => true))
  })

  it('refuses what is no time, and the batch with it', async () => {
    const { store } = subject()
    for (const ts of [Number.NaN, Infinity, 0.5, 2 ** 53])
      await expect(store.append([reading(), reading({ ts })])).rejects.toThrow(RangeError)
    expect(await itemsOf(store)).toEqual([])
  })

  it('keeps apart whatever ids there are', async () => {
    const test = subject()
    const ids = [
      '',
      '__proto__',
      'constructor',
      "' OR 1=1 --",
      '\0',
      'a\0b',
      '\uD800',
      '\uDC00',
      '\uFFFD',
      '🌊',
    ]
    const stored = [...ids, '$where', '../x', '%', '1', '01'].flatMap((id, i) => [
      reading({ deviceId: id, rawValue: i }),
      reading({ orgId: id, deviceId: 'other', rawValue: i + 0.5 }),
    ])
    await test.store.append(stored)
    for (const reopened of [false, true]) {
      if (reopened) await test.reopen()
      for (const one of stored) {
        const { orgId, deviceId } = one
        expect(await itemsOf(test.store, { orgId, deviceId })).toEqual(asItems([one]))
        expect(await test.store.latest(orgId, deviceId)).toEqual(asItems([one]))
      }
      expect(await contains(test.store, stored)).toEqual(stored.map(() => true))
      expect(await test.store.latest('org-1', 'toString')).toEqual([])
    }
  })

  it('counts readings, series and bytes', async () => {
    const test = subject()
    const { store } = test
    await store.append([
      ...readings(50),
      ...readings(50, { port: 2 }),
      ...readings(10, { deviceId: 'device-2' }),
    ])
    expect(await store.statistics()).toMatchObject({ readings: 110, series: 3 })
    await test.settle()
    const { readings: stored, series, bytes } = await store.statistics()
    expect([stored, series]).toEqual([110, 3])
    expect(bytes).toBeGreaterThan(0)
  })
}

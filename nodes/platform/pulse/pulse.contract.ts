/** The one suite that every adapter of the port of signs of life passes. */
import { describe, expect, test } from 'vitest'
import { connectedForMs, type Pulse } from './port.ts'

const nothing = { seenAt: undefined, isConnected: false }

/** @param open an empty one */
export function describePulseContract(name: string, open: () => Pulse): void {
  describe(`signs of life: ${name}`, () => {
    test('of devices that nobody told of there are none', async () => {
      expect(await open().of(['d1', 'd2'], 0)).toEqual([nothing, nothing])
      expect(await open().of([], 0)).toEqual([])
      await open().seen([])
    })

    test('when a device was heard of, and that it is connected, is told for each, in the order of the ids', async () => {
      const pulse = open()
      const ids = Array.from({ length: 2500 }, (_, index) => `d${index}`)
      await pulse.seen(ids.map((deviceId, index) => ({ deviceId, seenAt: index })))
      await pulse.connected(ids.slice(0, 1500), 10)
      expect(await pulse.of(['d2499', 'd1499', 'nobody', 'd1500'], 20)).toEqual([
        { seenAt: 2499, isConnected: false },
        { seenAt: 1499, isConnected: true },
        nothing,
        { seenAt: 1500, isConnected: false },
      ])
    })

    test('what is told later counts, and a device may be asked for twice', async () => {
      const pulse = open()
      await pulse.seen([{ deviceId: 'd1', seenAt: 5 }])
      await pulse.seen([{ deviceId: 'd1', seenAt: 7 }])
      expect((await pulse.of(['d1', 'd1'], 8)).map(({ seenAt }) => seenAt)).toEqual([7, 7])
    })

    test('a connection that is not told of any more ends', async () => {
      const pulse = open()
      await pulse.connected(['d1'], 1000)
      expect((await pulse.of(['d1'], 1000 + connectedForMs - 1))[0]?.isConnected).toBe(true)
      expect((await pulse.of(['d1'], 1000 + connectedForMs))[0]?.isConnected).toBe(false)
      await pulse.connected(['d1'], 1000 + connectedForMs)
      expect((await pulse.of(['d1'], 1001 + connectedForMs))[0]?.isConnected).toBe(true)
    })

    test('a connection told of by a clock that was a day ahead is none once the clock is right', async () => {
      const pulse = open()
      await pulse.connected(['d1', 'd2'], 86_400_000)
      await pulse.connected(['d2'], 1000)
      const found = await pulse.of(['d1', 'd2'], 2000)
      expect(found.map(({ isConnected }) => isConnected)).toEqual([false, true])
    })

    test('a forgotten device leaves nothing, and its neighbours stay', async () => {
      const pulse = open()
      await pulse.seen([
        { deviceId: 'd1', seenAt: 5 },
        { deviceId: 'd2', seenAt: 5 },
      ])
      await pulse.connected(['d1', 'd2'], 5)
      await pulse.forget('d1')
      await pulse.forget('nobody')
      expect(await pulse.of(['d1', 'd2'], 6)).toEqual([nothing, { seenAt: 5, isConnected: true }])
    })
  })
}

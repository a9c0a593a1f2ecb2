import { expect, test } from 'vitest'
import { DeviceRoom } from './device-room.ts'

test('many at once get the places there are, and no more', async () => {
  const room = new DeviceRoom()
  let devices = 2
  const add = () =>
    room.within(
      'acme',
      5,
      () => Promise.resolve(devices),
      async () => {
        await Promise.resolve()
        return (devices += 1)
      },
    )
  const outcomes = await Promise.all(Array.from({ length: 8 }, add))
  expect(outcomes).toEqual([3, 4, 5, undefined, undefined, undefined, undefined, undefined])
  expect(devices).toBe(5)
})

test('one that fails keeps nobody from a place, and without a limit nobody is counted', async () => {
  const room = new DeviceRoom()
  const failing = room.within(
    'acme',
    1,
    () => Promise.resolve(0),
    () => Promise.reject(new Error('no')),
  )
  const next = room.within(
    'acme',
    1,
    () => Promise.resolve(0),
    () => Promise.resolve('in'),
  )
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('in')
  const uncounted = () => Promise.reject(new Error('counted'))
  expect(await room.within('acme', undefined, uncounted, () => Promise.resolve('in'))).toBe('in')
})

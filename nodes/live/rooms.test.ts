import { expect, test } from 'vitest'
import { allOf, oneOf, roomOf, toldOf } from './rooms.ts'

test('what concerns a device is told to those who watch it or all of its organization', () => {
  expect(toldOf('acme', 'd1')).toEqual([allOf('acme'), oneOf('acme', 'd1')])
})

test('what concerns no device is told to those who watch all of the organization', () => {
  expect(toldOf('acme', undefined)).toEqual([allOf('acme')])
})

test('a room is known by its name, whatever is in the device’s id', () => {
  expect(roomOf(oneOf('acme', 'a:b'))).toEqual({ orgId: 'acme', deviceId: 'a:b' })
  expect(roomOf(allOf('acme'))).toEqual({ orgId: 'acme', deviceId: undefined })
  expect(roomOf('Zx81socket')).toBeUndefined()
})

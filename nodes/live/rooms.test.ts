import { expect, test } from 'vitest'
import { allOf, oneOf, roomOf, scopeOf, toldOf } from './rooms.ts'

test('what concerns a device is told to those who watch it or all of its organization, or only such events', () => {
  expect(toldOf('acme', 'd1', 'alert')).toEqual([
    allOf('acme'),
    allOf('acme/alert'),
    oneOf('acme', 'd1'),
    oneOf('acme/alert', 'd1'),
  ])
})

test('what concerns no device is told to those who watch all of the organization', () => {
  expect(toldOf('acme', undefined, 'notification')).toEqual([allOf('acme'), allOf('acme/notification')])
})

test('a room is known by its name, whatever is in the device’s id', () => {
  expect(roomOf(oneOf('acme', 'a:b/c'))).toEqual({ scope: 'acme', deviceId: 'a:b/c' })
  expect(roomOf(allOf(scopeOf('acme', 'alert')))).toEqual({ scope: 'acme/alert', deviceId: undefined })
  expect(roomOf('Zx81socket')).toBeUndefined()
})

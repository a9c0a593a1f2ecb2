import { expect, it } from 'vitest'

import { databaseOf, withoutPassword } from './connect.ts'

it.each([
  ['mongodb://a', 'fleetloom'],
  ['mongodb://a:1,b:2/', 'fleetloom'],
  ['mongodb://a/?replicaSet=rs', 'fleetloom'],
  ['mongodb://u:p@a:1,b:2/plant?replicaSet=rs', 'plant'],
  ['mongodb+srv://u:p@a/plant%2D1', 'plant-1'],
])('reads the database of %s', (url, database) => {
  expect(databaseOf(url)).toBe(database)
})

it.each([
  ['mongodb://user:secret@a:1/db', 'mongodb://user:***@a:1/db'],
  ['mongodb+srv://user:s:e:c@a/db', 'mongodb+srv://user:***@a/db'],
  ['mongodb://a:1/db', 'mongodb://a:1/db'],
])('hides the password of %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown)
})

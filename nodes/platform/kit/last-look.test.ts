import { expect, test } from 'vitest'
import { LastLook, lookAnywayMs } from './last-look.ts'

test('what was found stands until somebody writes, or for half a minute', () => {
  const look = new LastLook<string>()
  expect(look.stillFound(1, 0)).toBeUndefined()
  look.note('nothing', 0)
  expect([look.stillFound(1, 1), look.stillFound(1, lookAnywayMs - 1)]).toEqual(['nothing', 'nothing'])
  expect(look.isQuiet).toBe(true)
  expect(look.stillFound(1, lookAnywayMs)).toBeUndefined()
  expect(look.isQuiet).toBe(false)
  look.note('one', lookAnywayMs)
  expect(look.stillFound(1, lookAnywayMs + 1)).toBe('one')
  expect(look.stillFound(2, lookAnywayMs + 2)).toBeUndefined()
  expect(look.stillFound(2, lookAnywayMs + 3)).toBeUndefined()
})

test('where what is young is not looked for, a look counts when nobody has written for that long', () => {
  const look = new LastLook<string>(2000)
  const lookAt = (revision: number, nowMs: number): string | undefined => {
    const found = look.stillFound(revision, nowMs)
    if (found === undefined) look.note('nothing', nowMs)
    return found
  }
  expect([0, 1000, 2000, 3000].map((nowMs) => lookAt(1, nowMs))).toEqual([
    undefined,
    undefined,
    undefined,
    'nothing',
  ])
  expect([4000, 5000, 6000, 7000].map((nowMs) => lookAt(2, nowMs))).toEqual([
    undefined,
    undefined,
    undefined,
    'nothing',
  ])
})

test('of an engine that does not say whether anybody has written nothing stands', () => {
  const look = new LastLook<string>()
  expect(look.stillFound(undefined, 0)).toBeUndefined()
  look.note('nothing', 0)
  expect(look.stillFound(undefined, 1)).toBeUndefined()
})

import { expect, test } from 'vitest'
import { portsIn } from './numbers.ts'
import { chooseOrganization } from './organization.ts'
import { isDark } from './scheme.ts'

const organizations = [
  { id: 'a', name: 'A' },
  { id: 'b', name: 'B' },
]

test('the address counts before the last choice, and neither when it is not ours to see', () => {
  expect(chooseOrganization(organizations, ['b', 'a'])).toBe('b')
  expect(chooseOrganization(organizations, ['foreign', 'b'])).toBe('b')
  expect(chooseOrganization(organizations, ['foreign', null])).toBe('a')
  expect(chooseOrganization([], ['a'])).toBeUndefined()
})

test('ports are numbers with commas, or all', () => {
  expect(portsIn(' 1, 20 ')).toEqual(new Set([1, 20]))
  expect(portsIn('')).toBeUndefined()
})

test('a dark background is told from a light one', () => {
  expect(isDark('17, 19, 21')).toBe(true)
  expect(isDark('246,247,249')).toBe(false)
  expect(isDark('128, 128, 128')).toBe(false)
})

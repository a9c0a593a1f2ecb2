import { expect, test } from 'vitest'
import { faultOfPassword, passwordRuleSchema } from './password-rule.ts'

test.each([
  [{ length: 15, alphabet: 'alphanumeric' }, true],
  [{ length: 32, alphabet: 'hex' }, true],
  [{ length: 12 }, true],
  [{ length: 15, alphabet: 'hex' }, false],
  [{ length: 8 }, false],
  [{ length: 20, alphabet: 'emoji' }, false],
])('a class may ask for %j: %s', (rule, isAllowed) => {
  expect(passwordRuleSchema.safeParse(rule).success).toBe(isAllowed)
})

test.each(['k7Qw2xZt9RmB', 'correct horse battery staple', '0f3a9c17e5b28d64', 'dT4~x9!pLq2@'])(
  '%j will do',
  (password) => {
    expect(faultOfPassword(password, 'pump-1', undefined)).toBeUndefined()
  },
)

test.each([
  ['k7Qw2xZt9', /at least 12/],
  ['k7Qw2xZt9Rmé', /ASCII/],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', /guessed/],
  ['abababababababababababab', /guessed/],
  ['abcdefghijklmnopqrst', /guessed/],
  ['12345678901234567890', /guessed/],
  ['Password123!Password123!', /guessed/],
  ['changeme-changeme-1', /guessed/],
  ['pump-1-pump-1-pump-1', /guessed/],
  ['31415926535897', /guessed/],
])('%j is refused', (password, fault) => {
  expect(faultOfPassword(password, 'pump-1', undefined)).toMatch(fault)
})

test('what the class can take bounds what is chosen', () => {
  const rule = { length: 15, alphabet: 'alphanumeric' } as const
  expect(faultOfPassword('k7Qw2xZt9RmBk7Qw', 'pump-1', rule)).toMatch(/at most 15/)
  expect(faultOfPassword('k7Qw2xZt9-mB', 'pump-1', rule)).toMatch(/alphanumeric/)
})

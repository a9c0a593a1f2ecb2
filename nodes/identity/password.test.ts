import { expect, test } from 'vitest'
import { weaknessOf } from './password.ts'

test.each([
  ['short', /shorter than 12/],
  ['aaaaaaaaaaaaaaaaaaaa', /repeats/],
  ['Password123456', /tried first/],
  ['changeme-changeme', /tried first/],
  ['Ann.Miller-2026', /tried first/],
  ['x'.repeat(1025), /longer than 1024/],
])('%.20s is weak', (password, reason) => {
  expect(weaknessOf(password, 'ann.miller@acme.example')).toMatch(reason)
})

test.each(['correct horse battery', 'fK7-pQ2-xW9-zL4', 'pässwörter auf dem dach'])(
  '%s will do',
  (password) => {
    expect(weaknessOf(password, 'ann.miller@acme.example')).toBeUndefined()
  },
)

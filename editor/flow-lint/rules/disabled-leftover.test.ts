import { expect, test } from 'vitest'
import { disabledLeftover } from './disabled-leftover.ts'
import { complaints, node } from './rule.fixture.ts'

test('disabled nodes and tabs are pointed out', () => {
  expect(complaints(disabledLeftover, [node('a', 'debug', [], { d: true })], { disabled: true })).toEqual([
    'warning t: this tab is disabled and does nothing. Remove it (the history keeps it) or enable it.',
    'warning a: this node is disabled and does nothing. Remove it (the history keeps it) or enable it.',
  ])
})

test('what runs is not', () => {
  expect(complaints(disabledLeftover, [node('a', 'debug')], { disabled: false })).toEqual([])
})

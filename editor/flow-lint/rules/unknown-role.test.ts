import { expect, test } from 'vitest'
import { complaints } from './rule.fixture.ts'
import { unknownRole } from './unknown-role.ts'

const role = (value: string) => ({ env: [{ name: 'ROLE', value, type: 'str' }] })

test('a role that no process has is refused', () => {
  expect(complaints(unknownRole, [], role('ingst'))).toEqual([
    expect.stringMatching(/^error t: the tab's environment has ROLE=ingst, so it runs nowhere/),
  ])
})

test.each(['ingest', 'process', 'serve'])('%s is a role', (name) => {
  expect(complaints(unknownRole, [], role(name))).toEqual([])
})

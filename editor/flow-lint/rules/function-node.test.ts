import { describe, expect, test } from 'vitest'
import { functionNode } from './function-node.ts'
import { complaints, node } from './rule.fixture.ts'

const platformNode = node('p', 'calibrate')
const code = (func: string) => node('f', 'function', [], { func })

describe('a function beside platform nodes', () => {
  test.each(['context.get("n")', 'flow.set("a", 1)', 'setTimeout(() => node.send(msg), 5)'])(
    'that keeps state or time is pointed out: %s',
    (func) => {
      expect(complaints(functionNode, [platformNode, code(func)])).toEqual([
        expect.stringMatching(/^warning f: this function keeps state or time of its own/),
      ])
    },
  )

  test('that is long is pointed out', () => {
    expect(complaints(functionNode, [platformNode, code('msg.a = 1\n'.repeat(11))])).toEqual([
      expect.stringMatching(/^warning f: this function has 11 lines of code/),
    ])
  })

  test('that is short is fine; comments and blank lines do not count', () => {
    const func = `${'// why\n\n'.repeat(20)}msg.payload = msg.payload.value\nreturn msg`
    expect(complaints(functionNode, [platformNode, code(func)])).toEqual([])
  })
})

test('a function on a tab of core nodes only is its author’s business', () => {
  expect(complaints(functionNode, [code('context.get("n")')])).toEqual([])
})

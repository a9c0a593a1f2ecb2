import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { editorExpression } from './editor-code.ts'

const evaluate = (source: string, data = {}): Record<string, (...values: unknown[]) => unknown> =>
  runInNewContext(editorExpression(source, data)) as Record<string, (...values: unknown[]) => unknown> // oxlint-disable-line typescript/no-unsafe-type-assertion -- what was evaluated has no type

test('a hook gets the node as its first parameter, and keeps what it shares with other functions', () => {
  const editor = evaluate(
    `
    interface Sieve { readonly mesh: number }
    const twice = (value: number): number => value * 2
    export function oneditprepare(node: Sieve): number { return twice(node.mesh) }
  `.replaceAll(/^ {4}/gm, ''),
  )

  expect(editor['oneditprepare']?.call({ mesh: 21 })).toBe(42)
  expect(Object.keys(editor)).toEqual(['oneditprepare'])
})

test('build-time values are there for code that declares them, and only for it', () => {
  const source = (name: string): string =>
    `declare const ${name}: readonly string[]\nexport function label(): string { return typeof operations }`

  expect(evaluate(source('operations'), { operations: ['a'] })['label']?.()).toBe('object')
  expect(evaluate(source('others'), { operations: ['a'] })['label']?.()).toBe('undefined')
})

test.each([
  ["import { x } from './x.ts'\nexport function label() { return x }", 'it may import types only'],
  ['export function onEditPrepare() {}', 'Node-RED knows no onEditPrepare'],
  ['const a = 1', 'it exports nothing'],
])('code that cannot run in the editor is refused: %j', (source, sentence) => {
  expect(() => editorExpression(source, {})).toThrow(sentence)
})

test('a text that would end the script is written otherwise, and is the same text', () => {
  const source = "export function label(): string { return '</script>' }"
  expect(editorExpression(source, {})).not.toContain('</script')
  expect(evaluate(source)['label']?.()).toBe('</script>')
})

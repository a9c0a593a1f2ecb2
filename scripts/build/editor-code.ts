import { transformSync } from 'esbuild'
import { inlineJson } from './markup.ts'

/** Node-RED calls these on a node; in `editor.ts` they take the node as their first parameter. */
const hooks = new Set([
  'oneditprepare',
  'oneditsave',
  'oneditcancel',
  'oneditdelete',
  'oneditresize',
  'onadd',
  'label',
])

export class UnusableEditorCode extends Error {
  override readonly name = 'UnusableEditorCode'
}

/**
 * Makes an expression of a node's `editor.ts`: an object with its hooks, and with `validators`, functions by property
 * that get the node and the value and give `true` or what is wrong.
 * @param data build-time values that the code may name after declaring them (`declare const operations: …`)
 */
export function editorExpression(source: string, data: Readonly<Record<string, unknown>>): string {
  const code = strip(source)
  if (/^\s*import\b/m.test(code)) throw new UnusableEditorCode('it may import types only')
  const exported = [...code.matchAll(/^export\s+(?:async\s+)?(?:function|const|let)\s+(\w+)/gm)].map(
    ([, name = '']) => name,
  )
  const unknown = exported.filter((name) => name !== 'validators' && !hooks.has(name))
  if (unknown.length > 0) throw new UnusableEditorCode(`Node-RED knows no ${unknown.join(', ')}`)
  if (exported.length === 0) throw new UnusableEditorCode('it exports nothing')
  const body = code.replaceAll(/^export\s+(?=async|function|const|let)/gm, '').trim()
  const constants = Object.entries(data)
    .filter(([name]) => new RegExp(String.raw`declare const ${name}\b`).test(source))
    .map(([name, value]) => `const ${name} = ${inlineJson(value)};\n`)
  const members = exported.map((name) =>
    name === 'validators' ? name : `${name}(...values) { return ${name}(this, ...values) }`,
  )
  return `(() => {\n${constants.join('')}${body}\nreturn { ${members.join(', ')} };\n})()`
}

/** Takes the types away. What would end the page's script within a text is escaped. */
export const strip = (source: string): string =>
  transformSync(source, { loader: 'ts', target: 'es2022', charset: 'utf8' }).code

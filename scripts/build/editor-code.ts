import { stripTypeScriptTypes } from 'node:module'
import { inlineJson } from './markup.ts'

/** What a hand-written `editor.ts` may export; the rest of Node-RED's registration is generated. */
const hooks = [
  'oneditprepare',
  'oneditsave',
  'oneditcancel',
  'oneditdelete',
  'oneditresize',
  'onadd',
  'onpaletteadd',
  'onpaletteremove',
  'label',
  'button',
] as const

export class UnusableEditorCode extends Error {
  override readonly name = 'UnusableEditorCode'
}

/**
 * Makes an expression of a node's `editor.ts`: an object with what it exports.
 * @param data build-time values that the code may name after declaring them (`declare const operations: …`)
 */
export function editorExpression(source: string, data: Readonly<Record<string, unknown>>): string {
  const code = stripTypeScriptTypes(source)
  if (/^\s*import\b/m.test(code)) throw new UnusableEditorCode('it may import types only')
  const exported = [...code.matchAll(/^export\s+(?:async\s+)?(?:function|const|let)\s+(\w+)/gm)].map(
    ([, name]) => name ?? '',
  )
  const unknown = exported.filter((name) => !hooks.some((hook) => hook === name))
  if (unknown.length > 0) throw new UnusableEditorCode(`Node-RED knows no ${unknown.join(', ')}`)
  if (exported.length === 0) throw new UnusableEditorCode('it exports nothing')
  const body = tidy(code.replaceAll(/^export\s+(?=async|function|const|let)/gm, ''))
  const constants = Object.entries(data)
    .filter(([name]) => new RegExp(String.raw`declare const ${name}\b`).test(source))
    .map(([name, value]) => `const ${name} = ${inlineJson(value)};\n`)
  return `(() => {\n${constants.join('')}${body}\nreturn { ${exported.join(', ')} };\n})()`
}

/** Where types stood there are blanks now. */
export const tidy = (code: string): string =>
  code
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim()

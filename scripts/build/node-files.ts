import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Palette, paletteCategory } from './category.ts'
import type { CommonLocale } from './common-locale.ts'
import { editorExpression } from './editor-code.ts'
import { fieldsOf } from './fields.ts'
import { formBody, formStyle, nameRow } from './form.ts'
import { helpScript } from './help.ts'
import { type ByLanguage, languages, sourceLanguage } from './languages.ts'
import { type NodeLocale, readLocales } from './locale.ts'
import type { NodeSource } from './node-source.ts'
import type { OperationSummary } from './operations.ts'
import { messageOf, type Problem } from './problem.ts'
import { registrationScript } from './registration.ts'

export interface NodeFiles {
  /** Text by path below `dist/`. */
  readonly files: ReadonlyMap<string, string>
  /** Of a node without a name, in the source language. */
  readonly label?: string
  readonly problems: readonly Problem[]
}

export interface BuildContext {
  readonly packageName: string
  readonly common: ByLanguage<CommonLocale>
  readonly palette: Palette
  readonly operations: readonly OperationSummary[]
}

/** Everything that Node-RED wants beside a node: its entry, its editor side, labels and help in each language. */
export async function nodeFiles(source: NodeSource, context: BuildContext): Promise<NodeFiles> {
  const { definition, directory, path } = source
  const { fields, problems: fieldFaults } = fieldsOf(definition.config.schema)
  const markup = await optionalFile(join(directory, 'editor.html'))
  const code = await optionalFile(join(directory, 'editor.ts'))
  const { locales, problems: localeFaults } = await readLocales(source, fields)
  const problems: Problem[] = [
    ...fieldFaults.map((what) => ({ where: `${path}/config.ts`, what })),
    ...localeFaults,
  ]
  let editorCode: string | undefined
  try {
    if (code !== undefined) editorCode = editorExpression(code, { operations: context.operations })
  } catch (error) {
    problems.push({ where: `${path}/editor.ts`, what: messageOf(error) })
  }
  if (markup !== undefined && /<script/i.test(markup))
    problems.push({ where: `${path}/editor.html`, what: 'is markup only: code belongs in editor.ts' })
  if (locales === undefined) return { files: new Map(), problems }

  const { category, type } = definition
  const entry = context.palette.of(category)
  const labels = locales[sourceLanguage]
  const script = registrationScript({
    source,
    fields,
    locale: labels,
    editorCode,
    packageName: context.packageName,
    colour: entry.colour,
  })
  const body = markup ?? formBody(type, fields, labels)
  const files = new Map([
    [`${type}/${type}.js`, `export { default } from '../../${path}/node.ts'\n`],
    [
      `${type}/${type}.html`,
      `<script type="text/html" data-template-name="${type}">\n${formStyle}\n${nameRow}\n${body.trim()}\n</script>\n` +
        `<script type="text/javascript">\n${script}\n</script>\n`,
    ],
  ])
  for (const language of languages) {
    const common = context.common[language]
    const folder = `${type}/locales/${language}`
    files.set(`${folder}/${type}.json`, catalogue(source, locales[language], common, entry.label[language]))
    files.set(`${folder}/${type}.html`, helpScript(source, fields, locales[language], common))
  }
  return { files, label: labels.label, problems }
}

function catalogue(
  { definition }: NodeSource,
  locale: NodeLocale,
  common: CommonLocale,
  heading: string,
): string {
  const { label, paletteLabel, properties, outputs, form } = locale
  const ports = definition.outputs.map((port, index) => [index, outputs[port.label] ?? port.label])
  const content = {
    [definition.type]: { label, paletteLabel, properties, outputs: Object.fromEntries(ports), form },
    common: { form: common.form, validation: common.validation },
    // Node-RED takes a palette heading from the first node that appears under it.
    palette: {
      label: {
        [paletteCategory(definition.category)]: heading,
      },
    },
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

const optionalFile = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch(() => undefined)

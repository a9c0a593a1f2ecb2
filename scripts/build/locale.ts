import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Field, isCommon } from './fields.ts'
import { type ByLanguage, type Language, languages, sourceLanguage } from './languages.ts'
import type { NodeSource } from './node-source.ts'
import { messageOf, type Problem } from './problem.ts'

const propertySchema = z.strictObject({
  label: z.string().min(1),
  hint: z.string().min(1).optional(),
  /** What a text has to look like; needed when the schema has a pattern. */
  invalid: z.string().min(1).optional(),
  /** Labels of the choices, by value. */
  choices: z.record(z.string(), z.string().min(1)).optional(),
})

const localeSchema = z.strictObject({
  label: z.string().min(1),
  paletteLabel: z.string().min(1),
  properties: z.record(z.string(), propertySchema).default({}),
  /** By the label that `node.ts` gives the port; left out in the source language. */
  outputs: z.record(z.string(), z.string().min(1)).default({}),
  /** Other sentences that a hand-written form needs. */
  form: z.record(z.string(), z.string().min(1)).default({}),
})

/** `locales/<language>.json` of a domain: what several of its nodes say alike. */
const domainLocaleSchema = z.strictObject({ properties: z.record(z.string(), propertySchema) })

export interface NodeLocale extends z.output<typeof localeSchema> {
  /** Markup: a paragraph that says what the node does, then what else there is to say. */
  readonly help: string
}

export interface ReadLocales {
  /** Undefined when a file is missing or unreadable. */
  readonly locales: ByLanguage<NodeLocale> | undefined
  readonly problems: readonly Problem[]
}

/** Reads `locales/<language>.json` and `.html` of a node folder and checks them against its definition. */
export async function readLocales(source: NodeSource, fields: readonly Field[]): Promise<ReadLocales> {
  const problems: Problem[] = []
  const found: Partial<Record<Language, NodeLocale>> = {}
  for (const language of languages) {
    const where = `${source.path}/locales/${language}`
    const file = join(source.directory, 'locales', language)
    const json = await readFile(`${file}.json`, 'utf8').catch(() => undefined)
    const help = await readFile(`${file}.html`, 'utf8').catch(() => undefined)
    if (json === undefined || help === undefined) {
      const missing = [...(json === undefined ? ['.json'] : []), ...(help === undefined ? ['.html'] : [])]
      problems.push({ where, what: `${missing.join(' and ')} missing` })
      continue
    }
    try {
      const written = localeSchema.parse(JSON.parse(json))
      const shared = await sharedProperties(source, language)
      const asked = Object.entries(shared).filter(([name]) => fields.some((field) => field.name === name))
      const locale = { ...written, properties: { ...Object.fromEntries(asked), ...written.properties } }
      const faults = gapsOf(locale, source, fields, language)
      problems.push(...faults.map((what) => ({ where: `${where}.json`, what })))
      if (/<script/i.test(help))
        problems.push({ where: `${where}.html`, what: 'is markup only, without <script>' })
      found[language] = { ...locale, help: help.trim() }
    } catch (error) {
      const what =
        error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : messageOf(error)
      problems.push({ where: `${where}.json`, what })
    }
  }
  const { 'en-US': english, 'pt-BR': portuguese, fr } = found
  const isComplete = english !== undefined && portuguese !== undefined && fr !== undefined
  return { locales: isComplete ? { 'en-US': english, 'pt-BR': portuguese, fr } : undefined, problems }
}

async function sharedProperties(
  { directory }: NodeSource,
  language: Language,
): Promise<z.output<typeof domainLocaleSchema>['properties']> {
  const text = await readFile(join(directory, '../locales', `${language}.json`), 'utf8').catch(
    () => undefined,
  )
  return text === undefined ? {} : domainLocaleSchema.parse(JSON.parse(text)).properties
}

/** One sentence for everything that the locale lacks or that nothing shows. */
function gapsOf(
  { properties, outputs }: z.output<typeof localeSchema>,
  { definition }: NodeSource,
  fields: readonly Field[],
  language: Language,
): readonly string[] {
  const gaps: string[] = []
  for (const field of fields) {
    if (isCommon(field)) continue
    const { name, control } = field
    const property = properties[name]
    if (property === undefined) {
      gaps.push(`properties.${name} has no label`)
      continue
    }
    if (control.kind === 'text' && control.pattern !== null && property.invalid === undefined)
      gaps.push(`properties.${name}.invalid must say what the text has to look like`)
    const choices = control.kind === 'choice' ? control.choices : []
    for (const choice of choices)
      if (property.choices?.[choice] === undefined)
        gaps.push(`properties.${name}.choices.${choice} is missing`)
  }
  const names = new Set(fields.map(({ name }) => name))
  for (const name of Object.keys(properties))
    if (!names.has(name)) gaps.push(`properties.${name} is no property of the node`)
  const ports = new Set(definition.outputs.map(({ label }) => label))
  if (language !== sourceLanguage)
    for (const port of ports) if (outputs[port] === undefined) gaps.push(`outputs["${port}"] is missing`)
  for (const port of Object.keys(outputs))
    if (!ports.has(port)) gaps.push(`outputs["${port}"] is no output of the node`)
  return gaps
}

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Fault } from './check-field.ts'
import { categoryColours } from './category.ts'
import { type Language, languages } from './languages.ts'

const sentence = z.string().min(1)
const sentences = <K extends string>(keys: readonly K[]): z.ZodObject<Record<K, z.ZodString>> =>
  z.strictObject(Object.fromEntries(keys.map((key) => [key, sentence])) as Record<K, z.ZodString>)

const faultKeys = [
  'number',
  'integer',
  'min',
  'max',
  'pattern',
  'json',
  'choice',
] as const satisfies Fault['key'][]
const helpKeys = ['inputs', 'outputs', 'properties', 'default', 'oneOrMany', 'anything', 'fields'] as const

const commonSchema = z.strictObject({
  categories: sentences(Object.keys(categoryColours)),
  form: sentences(['name', 'nothingToSet']),
  validation: sentences(faultKeys),
  help: sentences(helpKeys),
})

/** What all nodes say alike: palette headings, validation messages, headings of the help. */
export type CommonLocale = z.output<typeof commonSchema>
export type CommonLocales = Readonly<Record<Language, CommonLocale>>

export async function readCommonLocales(): Promise<CommonLocales> {
  const read = async (language: Language): Promise<readonly [Language, CommonLocale]> => {
    const text = await readFile(new URL(`locales/${language}.json`, import.meta.url), 'utf8')
    return [language, commonSchema.parse(JSON.parse(text))]
  }
  return Object.fromEntries(await Promise.all(languages.map(read))) as unknown as CommonLocales
}

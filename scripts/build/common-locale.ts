import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { faultKeys } from './check-field.ts'
import { type ByLanguage, byLanguage, type Language } from './languages.ts'

/** Every key has to be there, and no other. */
const sentences = <const K extends readonly string[]>(
  keys: K,
): z.ZodRecord<z.ZodEnum<{ [Key in K[number]]: Key }>, z.ZodString> =>
  z.record(z.enum(keys), z.string().min(1))

const commonSchema = z.strictObject({
  form: sentences(['name', 'nothingToSet', 'config-node', 'widget-size']),
  validation: sentences(faultKeys),
  help: sentences(['inputs', 'outputs', 'properties', 'default', 'oneOrMany', 'anything', 'fields']),
})

/** What all nodes say alike: validation messages, headings of the help. */
export type CommonLocale = z.output<typeof commonSchema>

export async function readCommonLocales(): Promise<ByLanguage<CommonLocale>> {
  const read = async (language: Language): Promise<CommonLocale> => {
    const text = await readFile(new URL(`locales/${language}.json`, import.meta.url), 'utf8')
    return commonSchema.parse(JSON.parse(text))
  }
  const reading = byLanguage(read)
  return { 'en-US': await reading['en-US'], 'pt-BR': await reading['pt-BR'], fr: await reading.fr }
}

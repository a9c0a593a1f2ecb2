import type { ByLanguage, Language } from '../../nodes/platform/kit/language.ts'

export { type ByLanguage, type Language, languages } from '../../nodes/platform/kit/language.ts'

/** The language that Node-RED falls back to, and that the labels in `node.ts` are in. */
export const sourceLanguage: Language = 'en-US'

export const byLanguage = <T>(of: (language: Language) => T): ByLanguage<T> => ({
  'en-US': of('en-US'),
  'pt-BR': of('pt-BR'),
  fr: of('fr'),
})

export const languages = ['en-US', 'pt-BR', 'fr'] as const
export type Language = (typeof languages)[number]
export type ByLanguage<T> = Readonly<Record<Language, T>>

/** The language that Node-RED falls back to, and that the labels in `node.ts` are in. */
export const sourceLanguage: Language = 'en-US'

export const byLanguage = <T>(of: (language: Language) => T): ByLanguage<T> => ({
  'en-US': of('en-US'),
  'pt-BR': of('pt-BR'),
  fr: of('fr'),
})

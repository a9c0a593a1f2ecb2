export const languages = ['en-US', 'pt-BR', 'fr'] as const
export type Language = (typeof languages)[number]

/** The first of the reader's languages that we speak, whichever way it is spoken there. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const each of wanted) {
    const [base = ''] = each.toLowerCase().split('-')
    const found = languages.find((language) => language.toLowerCase().split('-')[0] === base)
    if (found !== undefined) return found
  }
  return 'en-US'
}

export const language: Language = chooseLanguage(navigator.languages)

type Text = string | ((...values: never[]) => string)

/** The same sentences, with the same values in them. */
type Translated<T> = {
  readonly [K in keyof T]: T[K] extends (...values: infer V) => string ? (...values: V) => string : string
}

/** Every text in each language, or it does not compile; the result has those of the reader. */
export function defineTexts<const T extends Readonly<Record<string, Text>>>(texts: {
  readonly 'en-US': T
  readonly 'pt-BR': Translated<T>
  readonly fr: Translated<T>
}): Translated<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a text is one of its own translations
  return texts[language] as Translated<T>
}

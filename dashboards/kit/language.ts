import { chooseLanguage, type Language } from '../../nodes/platform/kit/language.ts'

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

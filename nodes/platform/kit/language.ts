export const languages = ['en-US', 'pt-BR', 'fr'] as const
export type Language = (typeof languages)[number]
export type ByLanguage<T> = Readonly<Record<Language, T>>

/** The first of the reader's languages that we speak, whichever way it is spoken there. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const each of wanted) {
    const [base = ''] = each.toLowerCase().split('-')
    const found = languages.find((language) => language.toLowerCase().split('-')[0] === base)
    if (found !== undefined) return found
  }
  return 'en-US'
}

/** By an `Accept-Language` header (RFC 9110, 12.5.4): what weighs nothing is not wanted, and of equals the first is. */
export function acceptedLanguage(header: string | undefined): Language {
  if (header === undefined) return 'en-US'
  const ranges = header
    .slice(0, 1000)
    .split(',')
    .map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))
      return { name, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
    })
    .filter(({ weight }) => weight > 0)
  return chooseLanguage(ranges.sort((one, other) => other.weight - one.weight).map(({ name }) => name))
}

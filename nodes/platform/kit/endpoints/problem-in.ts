import type { Language } from '../language.ts'
import type { Problem } from './problem.ts'
import { problemSentences } from './problem-sentences.ts'
import { otherTitle, problemTitles } from './problem-titles.ts'

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
const open = '{}'
const openSentences = Object.entries(problemSentences)
  .filter(([english]) => english.includes(open))
  .map(([english, sentence]) => {
    const pattern = english.split(open).map((part) => escaped(part))
    return { pattern: new RegExp(`^${pattern.join('(.{1,200})')}$`), sentence }
  })

/** The sentence in that language, or as it is when nobody has translated it. */
function sentenceIn(language: Exclude<Language, 'en-US'>, english: string): string {
  const known = Object.hasOwn(problemSentences, english) ? problemSentences[english] : undefined
  if (known !== undefined) return known[language]
  for (const { pattern, sentence } of openSentences) {
    const values = pattern.exec(english)?.slice(1)
    if (values !== undefined) return sentence[language].replaceAll(open, () => values.shift() ?? '')
  }
  return english
}

/**
 * A problem as a reader of that language is told of it. Its type and the names of fields stay: programs go by them. Where a
 * detail has no translation it stays as it was written, in English.
 */
export function problemIn(language: Language, found: Problem): Problem {
  if (language === 'en-US') return found
  const title = (problemTitles[found.status] ?? otherTitle)[language]
  const errors = found.errors?.map(({ path, message }) => ({ path, message: sentenceIn(language, message) }))
  const isOfFields = found.errors !== undefined && found.detail === joined(found.errors)
  const detail =
    isOfFields && errors !== undefined
      ? joined(errors)
      : found.detail === undefined
        ? undefined
        : sentenceIn(language, found.detail)
  return {
    ...found,
    title,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** As `problemOfIssues` makes a detail of fields. */
const joined = (errors: NonNullable<Problem['errors']>): string =>
  errors.map(({ path, message }) => `${path}: ${message}`).join('; ')

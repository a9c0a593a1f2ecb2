import type { ValueRules } from '../../devices/class-decode.ts'

/** The number; `undefined` where there is no value; `null` where it is something else. */
export type ValueReader = (field: unknown) => number | undefined | null

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?/
/** With dots between thousands, or none. */
const commaNumber = /^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d*(?![\d.,])/
const unit = /^\s*[^\s\d][^\d]{0,15}$/u
const maxLength = 64

export function valueReader({
  decimalComma,
  noValue,
  numericText,
  unitSuffix,
  words,
}: ValueRules): ValueReader {
  const isText = numericText || decimalComma || unitSuffix
  const numbers = new Map(Object.entries(words).map(([word, value]) => [word.toLowerCase(), value]))
  const errors = new Set<unknown>(noValue.map((one) => (typeof one === 'string' ? one.toLowerCase() : one)))

  const hasEmptyList = noValue.some((one) => typeof one === 'object')

  const ofText = (text: string): number | undefined | null => {
    const word = text.toLowerCase()
    if (errors.has(word)) return undefined
    const meant = numbers.get(word)
    if (meant !== undefined || !isText) return meant ?? null
    const comma = decimalComma ? commaNumber.exec(text)?.[0] : undefined
    const found = comma ?? number.exec(text)?.[0]
    if (found === undefined) return null
    const rest = text.slice(found.length)
    if (rest !== '' && !(unitSuffix && unit.test(rest))) return null
    return Number(comma === undefined ? found : comma.replaceAll('.', '').replace(',', '.'))
  }

  return (field) => {
    if (typeof field === 'number') return errors.size > 0 && errors.has(field) ? undefined : field
    if (typeof field === 'boolean') return numbers.get(String(field)) ?? Number(field)
    if (field === null || field === undefined) return undefined
    if (hasEmptyList && Array.isArray(field) && field.length === 0) return undefined
    if (typeof field !== 'string' || field.length > maxLength) return null
    const value = ofText(field.trim())
    return value !== undefined && value !== null && errors.has(value) ? undefined : value
  }
}

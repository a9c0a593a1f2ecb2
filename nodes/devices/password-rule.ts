import { z } from 'zod'

/** Characters that need no escaping in a console, a form or a configuration file. */
export const passwordAlphabets = {
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  lowercase: 'abcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
} as const

/** What a password must withstand: guessing it, even at the speed of a fast hash, takes longer than anybody has. */
const minBits = 72

const bitsOf = (length: number, symbols: number): number => length * Math.log2(symbols)

/** What devices of a class can take as their password. */
export const passwordRuleSchema = z
  .strictObject({
    /** Of those that the platform makes; one that somebody brings along is no longer. */
    length: z.int().min(12).max(128).default(43),
    alphabet: z.enum(['base64url', 'alphanumeric', 'lowercase', 'hex']).default('base64url'),
  })
  .refine(({ alphabet, length }) => bitsOf(length, passwordAlphabets[alphabet].length) >= minBits, {
    path: ['length'],
    message: `must be longer for this alphabet: ${minBits} random bits are the least`,
  })
export type PasswordRule = z.output<typeof passwordRuleSchema>

export const chosenPasswordSchema = z.string().min(1).max(128)

const minChosen = 12
const minDistinct = 8
/** What stands in for a password nearly everywhere it should not. */
const words =
  /pass(?:word)?|secret|changeme|qwerty|letmein|admin|default|example|mqtt|device|1234567|abcdefg/gi

const kinds: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^A-Za-z0-9]/, 32],
]

/** What is wrong with a password that somebody brings along; undefined where it will do. */
export function faultOfPassword(
  password: string,
  deviceId: string,
  rule: PasswordRule | undefined,
): string | undefined {
  if (!/^[\u0020-\u007e]+$/.test(password)) return 'may only have printable ASCII characters'
  if (rule !== undefined) {
    if (password.length > rule.length) return `must have at most ${rule.length} characters`
    const symbols = new Set<string>(passwordAlphabets[rule.alphabet])
    if (password.split('').some((character) => !symbols.has(character)))
      return `may only have the characters of ${rule.alphabet}`
  }
  if (password.length < minChosen) return `must have at least ${minChosen} characters`
  const rest = password.replaceAll(words, '').replaceAll(new RegExp(escaped(deviceId), 'gi'), '')
  const symbols = kinds.reduce((sum, [kind, count]) => sum + (kind.test(rest) ? count : 0), 0)
  // A character that only repeats or follows the one before it tells next to nothing.
  const telling = rest
    .split('')
    .filter(
      (character, index) => index === 0 || Math.abs(character.charCodeAt(0) - rest.charCodeAt(index - 1)) > 1,
    ).length
  const isGuessable =
    new Set(rest).size < minDistinct || bitsOf(telling, Math.max(symbols, 1)) < minBits * 0.8
  return isGuessable
    ? 'can be guessed: longer, or more kinds of characters, without words or sequences'
    : undefined
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

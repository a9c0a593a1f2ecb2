/** Longer ones are cut nowhere, they are refused: a hash over megabytes would be a way to keep us busy. */
export const maxPasswordLength = 1024
const minPasswordLength = 12

const common = [
  'password',
  'passwort',
  'changeme',
  'letmein',
  'qwerty',
  'fleetloom',
  'admin',
  'secret',
  '123456',
]

/** The same text typed on different systems gives the same password (NIST SP 800-63B, 5.1.1.2). */
export const normalizePassword = (password: string): string => password.normalize('NFKC')

/** Why a password is too weak to be chosen; undefined when it will do. Length over composition, as NIST advises. */
export function weaknessOf(password: string, email: string): string | undefined {
  const text = normalizePassword(password)
  if (text.length > maxPasswordLength) return `is longer than ${maxPasswordLength} characters`
  if (text.length < minPasswordLength) return `is shorter than ${minPasswordLength} characters`
  if (new Set(text).size < 5) return 'repeats too few characters'
  const lower = text.toLowerCase()
  const local = email.split('@')[0] ?? ''
  const guessable = [...common, local].filter((word) => word.length >= 4)
  const rest = guessable.reduce((left, word) => left.replaceAll(word, ''), lower)
  return rest.length < minPasswordLength / 2 ? 'is mostly made of words that are tried first' : undefined
}

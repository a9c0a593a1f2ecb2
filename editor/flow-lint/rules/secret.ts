const SECRET_NAME =
  /pass(?:word|wd|phrase)|secret|token|credential|(?:api|access|private|signing|encryption)[-_]?key/i
/** Properties that tell where a secret is or how it is handled: `tokenHeader`, `passwordField`, `secretName`. */
const ABOUT_SECRETS = /(?:type|field|property|header|name|path|url|env|id|ttl|ms|seconds|label|kind)$/i
/** Names where a secret is rather than being one: `msg.token`, `payload.pin`. */
const REFERENCE = /^(?:msg|payload|req|flow|global|env)\.[\w.]+$/

const KNOWN_SECRETS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:sk|rk|pk)_(?:live|test)_\w{10,}/,
  /\bgh[pousr]_\w{20,}/,
  /\bxox[abprs]-[\w-]{10,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/,
  // In code: `apiKey = 'x1y2z3…'`.
  /(?:password|secret|token|api_?key)\s*[:=]\s*['"`][^'"`\s$]{8,}['"`]/i,
  // User and password in an address, unless they come from the environment.
  /\b[a-z][a-z0-9+]*:\/\/[^\s:@/"'`${}]+:[^\s:@/"'`${}]+@/i,
]

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const RANDOM_TEXT = /^[\w+/=.~-]{24,200}$/
/** Hexadecimal has at most 4 bits a character, English words in one token about 3.5. */
const MIN_BITS_PER_CHARACTER = 3.7
const MIN_BITS_PER_HEX = 3.2

/** Shannon entropy in bits for each character. */
function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

function isRandom(text: string): boolean {
  // An id, not a key, by common use.
  if (UUID.test(text)) return false
  if (!RANDOM_TEXT.test(text) || !/\d/.test(text) || !/[a-z]/i.test(text)) return false
  if (/^[0-9a-f]+$/i.test(text)) return entropy(text) >= MIN_BITS_PER_HEX
  // Paths and versioned names have letters in words: random text changes between cases and digits all the time.
  const changes = [...text.matchAll(/[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|\d(?=[a-zA-Z])/g)].length
  return changes >= text.length / 4 && entropy(text) >= MIN_BITS_PER_CHARACTER
}

/** A property by this name with this value is a secret, whatever the value looks like. */
export function namesSecret(name: string, value: string): boolean {
  return SECRET_NAME.test(name) && !ABOUT_SECRETS.test(name) && !REFERENCE.test(value)
}

/** The value itself gives it away: a well-known form, or text as random as keys are. */
export function looksLikeSecret(value: string): boolean {
  return isRandom(value) || KNOWN_SECRETS.some((pattern) => pattern.test(value))
}

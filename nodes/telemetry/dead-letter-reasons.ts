/** Why input could not be used. Pages offer them too, so nothing else stands here. */
export const deadLetterReasons = [
  'not-utf8',
  'not-json',
  'wrong-shape',
  'unknown-port',
  'not-finite',
  'ts-invalid',
  'ts-in-future',
  'ts-too-old',
  'unknown-device',
  'foreign-topic',
  'too-large',
  'decode-failed',
  'expression-limit',
  'expression-suspended',
  'poison',
  'conflict',
] as const
export type DeadLetterReason = (typeof deadLetterReasons)[number]

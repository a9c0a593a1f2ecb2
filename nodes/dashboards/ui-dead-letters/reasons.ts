import type { DeadLetterView } from '../../../dashboards/kit/views.ts'

/** What can be chosen; what is not among them is still listed. */
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
] as const satisfies readonly DeadLetterView['reason'][]

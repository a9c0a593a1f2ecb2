/** What an entry shows of a document: pure. */
import type { AuditRule, Document } from '../../store/port.ts'

/** What the kit keeps in documents for itself (jobs/job.ts, events/event.ts): its changes are nobody's. */
const ownFields: ReadonlySet<string> = new Set([
  'dueAtMs',
  'failures',
  'eventSeq',
  'pendingEvents',
  'pendingSinceMs',
])
/** Names that say what must not be told; hashes and salts of what is secret, too. */
const secret =
  /credential|passw|secret|token|salt|hash|private|pin(?:code)?$|otp|recovery|^code$|accesscode|keypad|signature$/i

type Shown = Readonly<Record<string, unknown>>

export interface Change {
  readonly before?: Shown
  readonly after?: Shown
}

/** What changed; undefined when it is nothing that anybody has done. */
export function changeOf<T extends Document>(
  rule: AuditRule<T>,
  before: T | undefined,
  after: T | undefined,
): Change | undefined {
  const [was, is] = [there(rule, before), there(rule, after)]
  if (was === undefined && is === undefined) return undefined
  if (was !== undefined && is !== undefined && isSame(was, is)) return undefined
  return {
    ...(was === undefined ? {} : { before: shownOf(was) }),
    ...(is === undefined ? {} : { after: shownOf(is) }),
  }
}

function there<T extends Document>(rule: AuditRule<T>, document: T | undefined): Shown | undefined {
  if (document === undefined || rule.isGone?.(document) === true) return undefined
  const { without = [] } = rule
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => !ownFields.has(name) && !without.includes(name)),
  )
}

/** By value, in whatever order the fields are: an engine may give them back in another. */
const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

const shownOf = (document: Shown): Shown =>
  Object.fromEntries(Object.entries(document).flatMap(([name, value]) => disclosed(name, value)))

const disclosed = (name: string, value: unknown): readonly (readonly [string, unknown])[] =>
  secret.test(name) ? [] : [[name, withoutSecrets(value)]]

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, inner]) => disclosed(name, inner)))
}

/** JSON with the fields in order, so that equal values are equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, inOrder) ?? ''
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const names = Object.keys(value)
  // Most are in order already: then nothing is made anew.
  if (names.every((name, at) => at === 0 || (names[at - 1] ?? '') < name)) return value
  const fields: Readonly<Record<string, unknown>> = { ...value }
  return Object.fromEntries(names.sort().map((name) => [name, fields[name]]))
}

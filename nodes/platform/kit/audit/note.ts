/**
 * What a change leaves on its document, in the same write, until the chain has it. A document that was removed stays, as
 * nothing but its notes, until then; for everybody else it is gone.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { CollectionSpec, Document, Upcast } from '../../store/port.ts'
import type { AuditScope } from './scope.ts'

const noteSchema = z.strictObject({
  /** Names the change for good: the chain takes each once. */
  noteId: z.string(),
  /** Whose chain it belongs to; empty for the platform's own. */
  chain: z.string(),
  atMs: z.number(),
  actor: z.strictObject({ kind: z.string(), id: z.string() }),
  permission: z.string(),
  resource: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  address: z.string(),
  requestId: z.string(),
})
export type Note = z.output<typeof noteSchema>

/** A new one, of what is done in the scope. */
export const noteBy = (
  { actor, address, permission, requestId }: AuditScope,
  what: Pick<Note, 'after' | 'atMs' | 'before' | 'chain' | 'resource'>,
): Note => ({ noteId: randomUUID(), actor, address, permission, requestId, ...what })

const notesSchema = z.strictObject({
  notes: z.array(noteSchema),
  sinceMs: z.number(),
  isGone: z.literal(true).optional(),
})

/** A document with its notes, if it has any. */
export type Noted<T extends Document> = T & { readonly _audit?: z.output<typeof notesSchema> | undefined }

/** Where those are found that have notes; others lack it. */
export const sincePath = '_audit.sinceMs'
/** True of what was removed. */
export const gonePath = '_audit.isGone'

const goneSchema = z.strictObject({ id: z.string(), _audit: notesSchema })

const specs = new WeakMap<object, unknown>()

/** The collection as it is in the store. @throws RangeError for documents that cannot carry notes */
export function notedSpec<T extends Document>(spec: CollectionSpec<T>): CollectionSpec<Noted<T>> {
  const known = specs.get(spec)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made below, of this spec
  if (known !== undefined) return known as CollectionSpec<Noted<T>>
  const { audit: _, schema, upcast = {}, ...rest } = spec
  const roomy = withRoom(schema)
  if (roomy === undefined)
    throw new RangeError(`documents of ${spec.name} have no room for notes: say audit: 'none'`)
  const noted: unknown = {
    ...rest,
    schema: z.union([...roomy, goneSchema]),
    upcast: Object.fromEntries(Object.entries(upcast).map(([at, change]) => [at, besideNotes(change)])),
    indexesEverywhere: [...(spec.indexesEverywhere ?? []), [sincePath]],
  }
  specs.set(spec, noted)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema is the union of both forms
  return noted as CollectionSpec<Noted<T>>
}

/** What a document may be, each with room for notes; undefined where there cannot be any. */
function withRoom(schema: unknown): readonly z.ZodType[] | undefined {
  if (schema instanceof z.ZodObject) return [schema.safeExtend({ _audit: notesSchema.optional() })]
  if (!(schema instanceof z.ZodUnion)) return undefined
  const forms = schema.options.map(withRoom)
  return forms.some((form) => form === undefined) ? undefined : forms.flatMap((form) => form ?? [])
}

const besideNotes =
  (upcast: Upcast): Upcast =>
  ({ _audit, ...document }) => {
    if (_audit === undefined) return upcast(document)
    const isGone = notesSchema.safeParse(_audit).data?.isGone === true
    return isGone ? { ...document, _audit } : { ...Object(upcast(document)), _audit }
  }

export const isGone = <T extends Document>(document: Noted<T>): boolean => document._audit?.isGone === true
export const notesOf = <T extends Document>(document: Noted<T>): readonly Note[] =>
  document._audit?.notes ?? []

export function withoutNotes<T extends Document>(document: Noted<T>): T {
  if (document._audit === undefined) return document
  const { _audit, ...rest } = document
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a noted document is without its notes
  return rest as unknown as T
}

/** The document with these notes and no others. */
export function withNotes<T extends Document>(document: T, notes: readonly Note[]): Noted<T> {
  const [first] = notes
  return first === undefined ? document : { ...document, _audit: { notes: [...notes], sinceMs: first.atMs } }
}

/** What stays of a removed one. */
export function goneWith<T extends Document>(id: string, notes: readonly Note[]): Noted<T> {
  const gone: unknown = {
    id,
    _audit: { notes: [...notes], sinceMs: notes[0]?.atMs ?? 0, isGone: true },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other form of the noted schema
  return gone as Noted<T>
}

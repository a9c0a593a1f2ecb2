/** Documents of earlier versions of a collection's form, brought to the latest. */
import { SchemaConflict } from './errors.ts'
import type { CollectionSpec, Document } from './port.ts'

export const formOf = <T extends Document>({ version = 1 }: CollectionSpec<T>): number => version

/**
 * The document as the spec knows it.
 * @param form the version that it was written in
 * @throws SchemaConflict when a newer program wrote it, or an upcast makes what the schema refuses
 */
export function upcasted<T extends Document>(spec: CollectionSpec<T>, document: unknown, form: number): T {
  const latest = formOf(spec)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked on its way in, by the schema of this version
  if (form === latest) return document as T
  if (form > latest)
    throw new SchemaConflict(`A document of ${spec.name} is of version ${form}, this program knows ${latest}`)
  let current = document
  for (let at = form; at < latest; at += 1) current = spec.upcast?.[at]?.({ ...Object(current) })
  const { data, error } = spec.schema.safeParse(current)
  if (error === undefined) return data
  throw new SchemaConflict(
    `A document of ${spec.name} of version ${form} cannot be brought to version ${latest}`,
    { cause: error },
  )
}

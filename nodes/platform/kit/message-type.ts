import { z } from 'zod'

/**
 * What travels on a wire. `payload` holds one item or an array of items of this type; the schema types the
 * TypeScript, checks messages at a node's door and appears in the help text.
 */
export interface MessageType<T> {
  /** Stable name: two ports may be wired when the names are equal or one is `any`. */
  readonly name: string
  readonly schema: z.ZodType<T>
  /** For inputs that take several types: the types it takes. */
  readonly accepts?: readonly MessageType<unknown>[]
}

export function defineMessage<T>(name: string, schema: z.ZodType<T>): MessageType<T> {
  return { name, schema }
}

/** Bytes, wherever they lie: a pooled Buffer's memory may be of any kind. */
export const bytesSchema: z.ZodType<Uint8Array> = z.instanceof(Uint8Array)

/** Fits every wire; nothing is checked. */
export const anyMessage: MessageType<unknown> = defineMessage('any', z.unknown())

/** An input that takes any of the given types. */
export function oneOf<T>(...types: readonly MessageType<T>[]): MessageType<T> {
  return {
    name: types.map((type) => type.name).join(' or '),
    schema: z.union(types.map((type) => type.schema)),
    accepts: types,
  }
}

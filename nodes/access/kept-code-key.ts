/**
 * The key of access codes where none is set: made once and kept in the store, sealed, so that all instances have the same
 * and codes stay what they are whatever becomes of other secrets.
 */
import { z } from 'zod'
import { fromBase64, toBase64 } from '../platform/kit/bytes.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import { accessCodeCollection } from './access-codes.ts'

const keptKeySchema = z.strictObject({ id: z.string(), sealed: z.string() })
type KeptKey = z.output<typeof keptKeySchema>

export const codeKeyCollection: CollectionSpec<KeptKey> = {
  name: 'access_code_keys',
  audit: 'none',
  schema: keptKeySchema,
}

const id = 'current'

export interface KeptKeyParts {
  readonly store: Pick<Store, 'everywhere' | 'platform'>
  readonly seal: {
    close(text: string, context: string): string
    /** @throws for what another secret has closed */
    open(sealed: string, context: string): string
  }
  /** What codes were made with before there was a key of their own: it becomes theirs where there are any. */
  readonly before: Uint8Array
  /** Random, for where there are none. */
  readonly fresh: Uint8Array
}

/** Undefined when codes were made with a key that cannot be opened any more: with another they would open no door. */
export async function keptCodeKey({
  before,
  fresh,
  seal,
  store,
}: KeptKeyParts): Promise<Uint8Array | undefined> {
  const keys = store.platform(codeKeyCollection)
  const hasCodes = async (): Promise<boolean> =>
    (await store.everywhere(accessCodeCollection, {}, { limit: 1 })).items.length > 0
  const closed = (key: Uint8Array): KeptKey => ({
    id,
    sealed: seal.close(toBase64(key), id),
  })
  for (;;) {
    const kept = await keys.get(id)
    if (kept !== undefined) {
      const key = opened(seal, kept.document.sealed)
      if (key !== undefined || (await hasCodes())) return key
    }
    const key = kept === undefined && (await hasCodes()) ? before : fresh
    const outcome =
      kept === undefined ? await keys.insert(closed(key)) : await keys.replace(closed(key), kept.version)
    // Otherwise another instance was first.
    if (outcome.kind === 'inserted' || outcome.kind === 'replaced') return key
  }
}

function opened(seal: KeptKeyParts['seal'], sealed: string): Uint8Array | undefined {
  try {
    return new Uint8Array(fromBase64(seal.open(sealed, id)))
  } catch {
    return undefined
  }
}

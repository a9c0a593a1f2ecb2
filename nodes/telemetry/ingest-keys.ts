import type { DeviceDirectory } from '../devices/directory.ts'
import { digestOf } from '../identity/sign-in/opaque-secret.ts'
import type { Clock } from '../platform/clock.ts'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Collection, FindOptions, Page, Store } from '../platform/store/port.ts'
import { type IngestKey, ingestKeyCollection } from './ingest-key.ts'

export interface IngestKeysParts {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs'>
  readonly secrets: Pick<Secrets, 'newDevicePassword' | 'newId'>
  readonly directory: Pick<DeviceDirectory, 'deviceClass' | 'lookup'>
}

export type WantedIngestKey = Pick<IngestKey, 'classKey' | 'gatewayId' | 'name'>

export type CreatedIngestKey =
  | { readonly kind: 'created'; readonly key: IngestKey; readonly secret: string }
  | { readonly kind: 'no-class' | 'no-path' | 'no-gateway' | 'exists' }

/** Shows what a secret is for, and lets scanners find a leaked one. */
const prefix = 'flik_'

/** Keys that programs present with the messages they bring. Revoked ones are refused from the next message on. */
export class IngestKeys {
  readonly #parts: IngestKeysParts

  constructor(parts: IngestKeysParts) {
    this.#parts = parts
  }

  async create(orgId: string, { classKey, gatewayId, name }: WantedIngestKey): Promise<CreatedIngestKey> {
    const { clock, directory, secrets } = this.#parts
    if (classKey !== undefined) {
      const found = directory.deviceClass(orgId, classKey)
      if (found === undefined) return { kind: 'no-class' }
      if (found.ingest === undefined) return { kind: 'no-path' }
    }
    if (gatewayId !== undefined && directory.lookup(gatewayId)?.orgId !== orgId) return { kind: 'no-gateway' }
    const secret = prefix + secrets.newDevicePassword()
    const key: IngestKey = {
      id: secrets.newId(),
      name,
      ...(classKey === undefined ? {} : { classKey }),
      ...(gatewayId === undefined ? {} : { gatewayId }),
      digest: digestOf(secret),
      createdAt: toIsoTime(clock.nowMs()),
    }
    const inserted = await this.#of(orgId).insert(key)
    return inserted.kind === 'inserted' ? { kind: 'created', key, secret } : { kind: 'exists' }
  }

  list(orgId: string, options: Pick<FindOptions, 'cursor' | 'limit'>): Promise<Page<IngestKey>> {
    return this.#of(orgId).find({}, options)
  }

  /** False where there is no such key. */
  async revoke(orgId: string, id: string): Promise<boolean> {
    return await this.#of(orgId).remove(id)
  }

  /** Whose secret it is; undefined for one of nobody. */
  async find(
    secret: string | undefined,
  ): Promise<{ readonly orgId: string; readonly key: IngestKey } | undefined> {
    if (secret?.startsWith(prefix) !== true) return undefined
    const filter = { digest: digestOf(secret) }
    const { items } = await this.#parts.store.everywhere(ingestKeyCollection, filter, { limit: 1 })
    const [found] = items
    return found === undefined ? undefined : { orgId: found.orgId, key: found.document }
  }

  #of(orgId: string): Collection<IngestKey> {
    return this.#parts.store.organization(orgId).collection(ingestKeyCollection)
  }
}

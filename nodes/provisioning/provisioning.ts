import { z } from 'zod'
import type { CreatedDevice } from '../devices/create-device.ts'
import type { Devices } from '../devices/devices.ts'
import { deviceIdSchema } from '../platform/identifiers.ts'
import { whileAudited } from '../platform/kit/audit/scope.ts'
import type { Platform } from '../platform/platform.ts'
import type { Collection, Owned, Page } from '../platform/store/port.ts'
import {
  isExpired,
  type ProvisioningKey,
  provisioningKeyCollection,
  type SlotRefusal,
  withoutSlot,
  withSlot,
} from './provisioning-key.ts'

export interface WantedKey {
  readonly name?: string | undefined
  readonly classKey: string
  readonly maxDevices?: number | undefined
  readonly expiresAtMs?: number | undefined
}

/** What a device says of itself at its first contact. */
export const newcomerSchema = z.strictObject({
  id: deviceIdSchema.optional(),
  name: z.string().min(1).max(100).optional(),
})
export type Newcomer = z.output<typeof newcomerSchema>

export type Provisioned =
  | CreatedDevice
  | { readonly kind: 'no-key' }
  | { readonly kind: Extract<SlotRefusal, 'exhausted'> }

/** How a device asked, for the audit. */
export interface Asking {
  readonly address: string
  readonly requestId: string
}

export interface ProvisioningParts extends Pick<Platform, 'clock' | 'secrets' | 'store'> {
  readonly devices: Pick<Devices, 'createDevice' | 'directory'>
}

/** Keys by which devices register themselves at their first contact. */
export class Provisioning {
  readonly #parts: ProvisioningParts

  constructor(parts: ProvisioningParts) {
    this.#parts = parts
  }

  /** The secret is told this once; undefined where the organization has no such class. */
  async createKey(
    orgId: string,
    { classKey, expiresAtMs, maxDevices, name }: WantedKey,
  ): Promise<{ readonly key: ProvisioningKey; readonly secret: string } | undefined> {
    const { clock, devices, secrets } = this.#parts
    if (devices.directory.deviceClass(orgId, classKey) === undefined) return undefined
    const secret = secrets.newDevicePassword()
    const key: ProvisioningKey = {
      id: secrets.newId(),
      name: name ?? classKey,
      secretHash: secrets.digestOf(secret),
      classKey,
      maxDevices: maxDevices ?? null,
      expiresAtMs: expiresAtMs ?? null,
      createdAtMs: clock.nowMs(),
      devices: 0,
      slots: [],
    }
    await this.#of(orgId).insert(key)
    return { key, secret }
  }

  list(
    orgId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<ProvisioningKey>> {
    return this.#of(orgId).find(
      {},
      {
        sort: [{ path: 'createdAtMs', direction: 'ascending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      },
    )
  }

  /** Its devices stay. False where there is no such key. */
  removeKey(orgId: string, id: string): Promise<boolean> {
    return this.#of(orgId).remove(id)
  }

  async isKey(secret: string): Promise<boolean> {
    const found = await this.#find(secret)
    return found !== undefined && !isExpired(found.document, this.#parts.clock.nowMs())
  }

  /** Registers a device; in the audit it is the key's doing. */
  async provision(secret: string, newcomer: Newcomer, asking: Asking): Promise<Provisioned> {
    const found = await this.#find(secret)
    if (found === undefined) return { kind: 'no-key' }
    const { document: key, orgId } = found
    const actor = { kind: 'provisioning-key', id: key.id }
    const scope = { actor, orgId, permission: 'modules:iot:devices:create', ...asking }
    return whileAudited(scope, () => this.#register(orgId, key, newcomer))
  }

  async #register(
    orgId: string,
    { classKey, id: keyId }: ProvisioningKey,
    newcomer: Newcomer,
  ): Promise<Provisioned> {
    const { devices, secrets } = this.#parts
    const id = newcomer.id ?? secrets.newId()
    const refusal = await this.#takeSlot(orgId, keyId, id)
    if (refusal !== undefined) return { kind: refusal === 'exhausted' ? 'exhausted' : 'no-key' }
    const wanted = { id, classKey, name: newcomer.name ?? id, tags: [], ports: [], isEnabled: true }
    const created = await devices.createDevice(orgId, wanted)
    await this.#of(orgId).update(keyId, (key) => withoutSlot(key, id, created.kind === 'created'))
    return created
  }

  async #takeSlot(orgId: string, keyId: string, deviceId: string): Promise<SlotRefusal | undefined> {
    const { clock, devices } = this.#parts
    const isThere = (id: string): boolean => devices.directory.lookup(id)?.orgId === orgId
    for (;;) {
      const stored = await this.#of(orgId).get(keyId)
      if (stored === undefined) return 'expired'
      const next = withSlot(stored.document, deviceId, clock.nowMs(), isThere)
      if (typeof next === 'string') return next
      if ((await this.#of(orgId).replace(next, stored.version)).kind === 'replaced') return undefined
    }
  }

  async #find(secret: string): Promise<Owned<ProvisioningKey> | undefined> {
    const found = await this.#parts.store.everywhere(
      provisioningKeyCollection,
      { secretHash: this.#parts.secrets.digestOf(secret) },
      { limit: 1 },
    )
    return found.items[0]
  }

  #of(orgId: string): Collection<ProvisioningKey> {
    return this.#parts.store.organization(orgId).collection(provisioningKeyCollection)
  }
}

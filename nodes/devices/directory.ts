import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceClassCollection, deviceCollection } from './collections.ts'
import type { DeviceClass } from './device-class.ts'
import { type DeviceRecord, toDeviceRecord } from './device.ts'

/**
 * All devices and classes, in memory, so that the hot path looks a device up without waiting. Whoever changes a
 * device or a class in the store says so here, and the change counts from the next message on.
 */
export interface DeviceDirectory {
  /** Grows with every change: whoever keeps a record for a while sees by it that it is out of date. */
  readonly revision: number
  lookup(deviceId: string): DeviceRecord | undefined
  all(): Iterable<DeviceRecord>
  /** Shipped classes and the organization's own. */
  classes(orgId: string): readonly DeviceClass[]
  deviceClass(orgId: string, key: string): DeviceClass | undefined
  isShipped(key: string): boolean
  deviceChanged(orgId: string, deviceId: string): Promise<void>
  classChanged(orgId: string, key: string): Promise<void>
}

export class StoreDeviceDirectory implements DeviceDirectory {
  readonly #store: Store
  readonly #shipped: ReadonlyMap<string, DeviceClass>
  readonly #own = new Map<string, Map<string, DeviceClass>>()
  readonly #records = new Map<string, DeviceRecord>()
  revision = 0

  private constructor(store: Store, shipped: readonly DeviceClass[]) {
    this.#store = store
    this.#shipped = new Map(shipped.map((shippedClass) => [shippedClass.key, shippedClass]))
  }

  static async load(store: Store, shipped: readonly DeviceClass[]): Promise<StoreDeviceDirectory> {
    const directory = new StoreDeviceDirectory(store, shipped)
    await directory.#loadAll()
    return directory
  }

  lookup(deviceId: string): DeviceRecord | undefined {
    return this.#records.get(deviceId)
  }

  all(): Iterable<DeviceRecord> {
    return this.#records.values()
  }

  classes(orgId: string): readonly DeviceClass[] {
    return [...this.#shipped.values(), ...(this.#own.get(orgId)?.values() ?? [])]
  }

  deviceClass(orgId: string, key: string): DeviceClass | undefined {
    return this.#shipped.get(key) ?? this.#own.get(orgId)?.get(key)
  }

  isShipped(key: string): boolean {
    return this.#shipped.has(key)
  }

  async deviceChanged(orgId: string, deviceId: string): Promise<void> {
    const stored = await this.#store.organization(orgId).collection(deviceCollection).get(deviceId)
    const deviceClass = stored && this.deviceClass(orgId, stored.document.classKey)
    if (stored !== undefined && deviceClass !== undefined) {
      this.#records.set(deviceId, toDeviceRecord(orgId, stored.document, deviceClass))
    } else if (this.#records.get(deviceId)?.orgId === orgId) this.#records.delete(deviceId)
    this.revision += 1
  }

  async classChanged(orgId: string, key: string): Promise<void> {
    this.revision += 1
    const stored = await this.#store.organization(orgId).collection(deviceClassCollection).get(key)
    if (stored === undefined) {
      this.#own.get(orgId)?.delete(key)
      return
    }
    const { id: _, ...deviceClass } = stored.document
    this.#ownOf(orgId).set(key, deviceClass)
    for (const record of this.#records.values()) {
      if (record.orgId === orgId && record.device.classKey === key) {
        this.#records.set(record.device.id, toDeviceRecord(orgId, record.device, deviceClass))
      }
    }
    this.revision += 1
  }

  #ownOf(orgId: string): Map<string, DeviceClass> {
    const existing = this.#own.get(orgId)
    if (existing !== undefined) return existing
    const created = new Map<string, DeviceClass>()
    this.#own.set(orgId, created)
    return created
  }

  async #loadAll(): Promise<void> {
    for await (const { orgId, document } of everyTenantDocument(this.#store, deviceClassCollection)) {
      const { id: _, ...deviceClass } = document
      this.#ownOf(orgId).set(deviceClass.key, deviceClass)
    }
    for await (const { orgId, document } of everyTenantDocument(this.#store, deviceCollection)) {
      const deviceClass = this.deviceClass(orgId, document.classKey)
      if (deviceClass !== undefined)
        this.#records.set(document.id, toDeviceRecord(orgId, document, deviceClass))
    }
  }
}

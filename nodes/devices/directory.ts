import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { Store } from '../platform/store/port.ts'
import { deviceClassCollection, deviceCollection, deviceOf } from './collections.ts'
import type { DeviceClass } from './device-class.ts'
import { addressOf, type DeviceRecord, toDeviceRecord } from './device.ts'
import { RecordIndex } from './record-index.ts'
import type { RegistryChange, RegistryChanges } from './registry-changes.ts'

/**
 * All devices and classes, in memory, so that the hot path looks a device up without waiting. Whoever changes a
 * device or a class in the store does it through here, and the change counts from the next message on, on every
 * instance.
 */
export interface DeviceDirectory {
  /** Grows with every change: whoever keeps a record for a while sees by it that it is out of date. */
  readonly revision: number
  lookup(deviceId: string): DeviceRecord | undefined
  /** Those that this stands for in topics, whosever they are. */
  byAddress(address: string): readonly DeviceRecord[]
  /** Devices of the organization that publish for others. */
  gateways(orgId: string): Iterable<string>
  /** Whose client certificate it is. */
  byCertificate(fingerprint256: string): DeviceRecord | undefined
  /** The devices that it publishes for. */
  childrenOf(gatewayId: string): readonly DeviceRecord[]
  all(): Iterable<DeviceRecord>
  /** Shipped classes and the organization's own. */
  classes(orgId: string): readonly DeviceClass[]
  /** Of every organization, and the shipped ones. */
  allClasses(): Iterable<DeviceClass>
  shippedClasses(): Iterable<DeviceClass>
  deviceClass(orgId: string, key: string): DeviceClass | undefined
  isShipped(key: string): boolean
  /**
   * Changes a device in the store. Others are told that it changes before `write` begins, and that it has changed after
   * it: a process that dies in between leaves no password valid elsewhere that it revoked.
   */
  changeDevice<T>(orgId: string, deviceId: string, write: () => Promise<T>): Promise<T>
  /** The same for a class. */
  changeClass<T>(orgId: string, key: string, write: () => Promise<T>): Promise<T>
}

/** Called when a device was registered, changed or removed, here or on another instance. */
export type DeviceChangeListener = (before: DeviceRecord | undefined, after: DeviceRecord | undefined) => void

export interface DirectoryOptions {
  readonly shipped: readonly DeviceClass[]
  /** Tells the other instances, where there are any. */
  readonly changes?: Pick<RegistryChanges, 'note' | 'announce'>
}

const notRemoved = { removedAt: null }
/** As many devices are read at once when others changed them. */
const maxRead = 500

export class StoreDeviceDirectory implements DeviceDirectory {
  readonly #store: Store
  readonly #shipped: ReadonlyMap<string, DeviceClass>
  readonly #changes: DirectoryOptions['changes']
  readonly #listeners = new Set<DeviceChangeListener>()
  readonly #classListeners = new Set<() => Promise<void>>()
  #own = new Map<string, Map<string, DeviceClass>>()
  #records = new Map<string, DeviceRecord>()
  readonly #addresses = new RecordIndex(({ address, id }) => (address === id ? undefined : address))
  readonly #certificates = new RecordIndex(({ certificate }) => certificate?.fingerprint256)
  readonly #children = new RecordIndex(({ gateway }) => gateway)
  /** One read at a time, so that none puts back what a later one has replaced. */
  #turn: Promise<unknown> = Promise.resolve()
  revision = 0

  private constructor(store: Store, { changes, shipped }: DirectoryOptions) {
    this.#store = store
    this.#shipped = new Map(shipped.map((shippedClass) => [shippedClass.key, shippedClass]))
    this.#changes = changes
  }

  static async load(store: Store, options: DirectoryOptions): Promise<StoreDeviceDirectory> {
    const directory = new StoreDeviceDirectory(store, options)
    await directory.reload()
    return directory
  }

  lookup(deviceId: string): DeviceRecord | undefined {
    return this.#records.get(deviceId)
  }

  byAddress(address: string): readonly DeviceRecord[] {
    const own = this.#records.get(address)
    const others = this.#addresses.of(address)
    return own !== undefined && addressOf(own.device) === address ? [own, ...others] : others
  }

  *gateways(orgId: string): Iterable<string> {
    for (const id of this.#children.keys()) if (this.#records.get(id)?.orgId === orgId) yield id
  }

  byCertificate(fingerprint256: string): DeviceRecord | undefined {
    return this.#certificates.of(fingerprint256)[0]
  }

  childrenOf(gatewayId: string): readonly DeviceRecord[] {
    return this.#children.of(gatewayId)
  }

  all(): Iterable<DeviceRecord> {
    return this.#records.values()
  }

  classes(orgId: string): readonly DeviceClass[] {
    return [...this.#shipped.values(), ...(this.#own.get(orgId)?.values() ?? [])]
  }

  *allClasses(): Iterable<DeviceClass> {
    yield* this.#shipped.values()
    for (const own of this.#own.values()) yield* own.values()
  }

  shippedClasses(): Iterable<DeviceClass> {
    return this.#shipped.values()
  }

  deviceClass(orgId: string, key: string): DeviceClass | undefined {
    return this.#shipped.get(key) ?? this.#own.get(orgId)?.get(key)
  }

  isShipped(key: string): boolean {
    return this.#shipped.has(key)
  }

  changeDevice<T>(orgId: string, deviceId: string, write: () => Promise<T>): Promise<T> {
    return this.#change({ kind: 'device', orgId, key: deviceId }, write)
  }

  changeClass<T>(orgId: string, key: string, write: () => Promise<T>): Promise<T> {
    return this.#change({ kind: 'class', orgId, key }, write)
  }

  onChange(listener: DeviceChangeListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The listener is waited for before a change of a class counts as made; it must not fail. */
  onClassesChange(listener: () => Promise<void>): () => void {
    this.#classListeners.add(listener)
    return () => void this.#classListeners.delete(listener)
  }

  /** Reads again what changed, wherever that was. @throws StoreUnavailable, and then it is to be called again */
  async refresh(changes: readonly RegistryChange[]): Promise<void> {
    await this.#inTurn(async () => {
      for (const { kind, orgId, key } of changes) if (kind === 'class') await this.#readClass(orgId, key)
      const devices = changes.filter(({ kind }) => kind === 'device')
      for (let from = 0; from < devices.length; from += maxRead)
        await this.#readDevices(devices.slice(from, from + maxRead))
    })
    if (changes.some(({ kind }) => kind === 'class'))
      await Promise.all([...this.#classListeners].map((listener) => listener()))
  }

  /** Reads everything again. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const own = new Map<string, Map<string, DeviceClass>>()
      for await (const { orgId, document } of everyTenantDocument(this.#store, deviceClassCollection)) {
        const { id: _, ...deviceClass } = document
        ownOf(own, orgId).set(deviceClass.key, deviceClass)
      }
      const before = this.#records
      const records = new Map<string, DeviceRecord>()
      this.#own = own
      for await (const { orgId, document } of everyTenantDocument(
        this.#store,
        deviceCollection,
        notRemoved,
      )) {
        const deviceClass = this.deviceClass(orgId, document.classKey)
        if (deviceClass !== undefined)
          records.set(document.id, toDeviceRecord(orgId, deviceOf(document), deviceClass))
      }
      this.#records = records
      this.#addresses.fill(records.values())
      this.#certificates.fill(records.values())
      this.#children.fill(records.values())
      this.revision += 1
      if (this.#listeners.size === 0) return
      for (const id of new Set([...before.keys(), ...records.keys()]))
        this.#tell(before.get(id), records.get(id))
    })
  }

  async #change<T>(change: RegistryChange, write: () => Promise<T>): Promise<T> {
    await this.#changes?.note(change)
    const outcome = await write().catch(async (error: unknown) => {
      // It may have been written all the same.
      await this.refresh([change]).catch(() => undefined)
      throw error
    })
    await this.refresh([change])
    await this.#changes?.announce(change)
    return outcome
  }

  async #readDevices(changes: readonly RegistryChange[]): Promise<void> {
    const ids = [...new Set(changes.map(({ key }) => key))]
    const { items } = await this.#store.everywhere(
      deviceCollection,
      { id: { $in: ids }, ...notRemoved },
      { limit: ids.length },
    )
    const found = new Map(items.map((item) => [item.document.id, item]))
    for (const { orgId, key } of changes) {
      const stored = found.get(key)
      const deviceClass =
        stored && stored.orgId === orgId && this.deviceClass(orgId, stored.document.classKey)
      if (stored && deviceClass) this.#put(key, toDeviceRecord(orgId, deviceOf(stored.document), deviceClass))
      else if (this.#records.get(key)?.orgId === orgId) this.#put(key, undefined)
    }
    this.revision += 1
  }

  async #readClass(orgId: string, key: string): Promise<void> {
    const stored = await this.#store.organization(orgId).collection(deviceClassCollection).get(key)
    if (stored === undefined) {
      this.#own.get(orgId)?.delete(key)
      this.revision += 1
      return
    }
    const { id: _, ...deviceClass } = stored.document
    ownOf(this.#own, orgId).set(key, deviceClass)
    for (const record of this.#records.values()) {
      if (record.orgId === orgId && record.device.classKey === key)
        this.#put(record.device.id, toDeviceRecord(orgId, record.device, deviceClass))
    }
    this.revision += 1
  }

  #put(deviceId: string, after: DeviceRecord | undefined): void {
    const before = this.#records.get(deviceId)
    this.#addresses.replace(before, after)
    this.#certificates.replace(before, after)
    this.#children.replace(before, after)
    if (after === undefined) this.#records.delete(deviceId)
    else this.#records.set(deviceId, after)
    this.#tell(before, after)
  }

  #tell(before: DeviceRecord | undefined, after: DeviceRecord | undefined): void {
    for (const listener of this.#listeners) listener(before, after)
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

function ownOf(own: Map<string, Map<string, DeviceClass>>, orgId: string): Map<string, DeviceClass> {
  const existing = own.get(orgId)
  if (existing !== undefined) return existing
  const created = new Map<string, DeviceClass>()
  own.set(orgId, created)
  return created
}

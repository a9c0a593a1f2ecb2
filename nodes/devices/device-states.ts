import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { CollectionSpec, Store } from '../platform/store/port.ts'
import type { DeviceReport } from '../telemetry/reading.ts'
import { type DeviceState, deviceStateSchema, evolveDeviceState, unseenDevice } from './state.ts'

const deviceStateCollection: CollectionSpec<DeviceState> = {
  name: 'device_states',
  schema: deviceStateSchema,
}

/**
 * The state of every device, in memory and written behind: many reports of one device between two writes cost one
 * write. {@link whenSaved} is what a stream's acknowledgment waits for. When a device was last heard of is written
 * rarely ({@link saveSeen}): it changes with every message, and after a crash the readings tell it again.
 */
export class DeviceStates {
  readonly #store: Store
  readonly #schedule: (task: () => void) => void
  readonly #states = new Map<string, DeviceState>()
  readonly #changed = new Set<string>()
  readonly #seen = new Set<string>()
  #saving: Promise<void> | undefined
  /** Resolves when what {@link #saving} writes is in the store, in whichever try. */
  #inHand: Promise<void> | undefined
  #nextSave: PromiseWithResolvers<void> | undefined

  /** @param schedule runs the task a little later (a second, say): the longer, the fewer writes */
  private constructor(store: Store, schedule: (task: () => void) => void) {
    this.#store = store
    this.#schedule = schedule
  }

  static async load(store: Store, schedule: (task: () => void) => void): Promise<DeviceStates> {
    const states = new DeviceStates(store, schedule)
    for await (const { document } of everyTenantDocument(store, deviceStateCollection)) {
      states.#states.set(document.id, document)
    }
    return states
  }

  get(orgId: string, deviceId: string): DeviceState {
    const state = this.#states.get(deviceId)
    return state?.orgId === orgId ? state : unseenDevice(orgId, deviceId)
  }

  all(): Iterable<DeviceState> {
    return this.#states.values()
  }

  /** The new state, and whether something changed that a watcher would want to know (not just `lastSeenAt`). */
  report(report: DeviceReport): { readonly state: DeviceState; readonly isNews: boolean } {
    const before = this.get(report.orgId, report.deviceId)
    const state = evolveDeviceState(before, report)
    const isNews = state.online !== before.online || state.reported !== before.reported
    this.#states.set(state.id, state)
    if (isNews) this.#markChanged(state.id)
    else this.#seen.add(state.id)
    return { state, isNews }
  }

  /** Cheaper than a report, for every reading: a state that was online and is heard of again only moves on in time. */
  seen(orgId: string, deviceId: string, receivedAt: number): DeviceState | undefined {
    const state = this.#states.get(deviceId)
    if (state !== undefined && state.online && state.orgId === orgId) {
      if (receivedAt > (state.lastSeenAt ?? 0)) {
        Object.assign(state, { lastSeenAt: receivedAt })
        this.#seen.add(deviceId)
      }
      return undefined
    }
    const { state: next, isNews } = this.report({ orgId, deviceId, receivedAt })
    return isNews ? next : undefined
  }

  async forget(orgId: string, deviceId: string): Promise<void> {
    this.#states.delete(deviceId)
    this.#changed.delete(deviceId)
    this.#seen.delete(deviceId)
    await this.#store.organization(orgId).collection(deviceStateCollection).remove(deviceId)
  }

  /** Resolves when everything reported so far is in the store. */
  whenSaved(): Promise<void> {
    if (this.#changed.size === 0) return this.#inHand ?? Promise.resolve()
    return this.#pendingSave().promise
  }

  /** Writes when devices were last heard of; every minute or so is enough. */
  async saveSeen(): Promise<void> {
    for (const deviceId of this.#seen) this.#changed.add(deviceId)
    this.#seen.clear()
    if (this.#changed.size > 0) await this.#pendingSave().promise
  }

  async close(): Promise<void> {
    await this.#saving
    for (const deviceId of this.#seen) this.#markChanged(deviceId)
    await this.#save()
  }

  #markChanged(deviceId: string): void {
    this.#changed.add(deviceId)
    this.#pendingSave()
  }

  #pendingSave(): PromiseWithResolvers<void> {
    if (this.#nextSave === undefined) {
      this.#nextSave = Promise.withResolvers<void>()
      this.#schedule(() => void this.#save())
    }
    return this.#nextSave
  }

  async #save(): Promise<void> {
    await this.#saving
    const due = this.#nextSave
    if (due === undefined) return
    this.#nextSave = undefined
    this.#inHand = due.promise
    this.#saving = this.#write(due)
    await this.#saving
  }

  async #write(due: PromiseWithResolvers<void>): Promise<void> {
    const states = [...this.#changed].map((id) => this.#states.get(id)).filter((state) => state !== undefined)
    this.#changed.clear()
    for (const { id } of states) this.#seen.delete(id)
    try {
      await Promise.all(
        states.map((state) =>
          this.#store.organization(state.orgId).collection(deviceStateCollection).upsert(state),
        ),
      )
      due.resolve()
    } catch {
      // The store is away: nothing is lost, the next save takes these along, and whoever waits goes on waiting.
      for (const { id } of states) this.#markChanged(id)
      due.resolve(this.#pendingSave().promise)
    }
    this.#saving = undefined
    this.#inHand = undefined
  }
}

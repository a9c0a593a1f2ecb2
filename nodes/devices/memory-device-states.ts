import type { Clock } from '../platform/clock.ts'
import { isAhead } from '../platform/kit/ahead.ts'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { Store } from '../platform/store/port.ts'
import type { DeviceReport } from './device-report.ts'
import { deviceStateCollection, type DeviceStates, type Unheard } from './device-states.ts'
import { type Seen, SeenTimes } from './seen-times.ts'
import { type DeviceState, evolveDeviceState, healed, isNewsTo, unseenDevice } from './state.ts'
import { WriteBehind } from './write-behind.ts'

/** All states in the memory of the one process there is. */
export class MemoryDeviceStates implements DeviceStates {
  readonly #store: Store
  readonly #states = new Map<string, DeviceState>()
  /** Heard of later than the document of their state says. */
  readonly #seen = new Set<string>()
  readonly #seenTimes: SeenTimes
  #isSeenSaved = true
  /** Every device that is online was heard of at this time or later: before, there is no need to look for others. */
  #heardSinceMs = Number.NEGATIVE_INFINITY
  readonly #changed: WriteBehind

  readonly #clock: Pick<Clock, 'nowMs'>

  private constructor(store: Store, schedule: (task: () => void) => void, clock: Pick<Clock, 'nowMs'>) {
    this.#store = store
    this.#clock = clock
    this.#seenTimes = new SeenTimes(store)
    this.#changed = new WriteBehind((ids) => this.#write(ids), schedule)
  }

  /** @param schedule runs the task a little later: see {@link WriteBehind} */
  static async load(
    store: Store,
    schedule: (task: () => void) => void,
    clock: Pick<Clock, 'nowMs'>,
  ): Promise<MemoryDeviceStates> {
    const states = new MemoryDeviceStates(store, schedule, clock)
    for await (const { document } of everyTenantDocument(store, deviceStateCollection)) {
      states.#states.set(document.id, document)
    }
    for await (const { orgId, deviceId, seenAt } of states.#seenTimes.all()) {
      const state = states.#states.get(deviceId)
      if (state?.orgId !== orgId || seenAt <= (state.lastSeenAt ?? 0)) continue
      Object.assign(state, { lastSeenAt: seenAt })
      states.#seen.add(deviceId)
    }
    return states
  }

  async get(orgId: string, deviceId: string): Promise<DeviceState> {
    return this.#get(orgId, deviceId)
  }

  async of(orgId: string, deviceIds: readonly string[]): Promise<readonly DeviceState[]> {
    return deviceIds.map((id) => this.#get(orgId, id))
  }

  async countOnline(orgId: string): Promise<number> {
    let count = 0
    for (const state of this.#states.values()) if (state.online && state.orgId === orgId) count += 1
    return count
  }

  unheard(seenBeforeMs: number): readonly Unheard[] {
    const nowMs = this.#clock.nowMs()
    // It may be ahead when the clock was set back.
    if (seenBeforeMs <= this.#heardSinceMs && this.#heardSinceMs <= nowMs) return []
    const unheard: Unheard[] = []
    let heardSinceMs = nowMs
    for (const [id, state] of this.#states) {
      const known = healed(state, nowMs)
      if (known !== state) this.#states.set(id, known)
      if (!known.online) continue
      const lastSeenAt = known.lastSeenAt ?? 0
      heardSinceMs = Math.min(heardSinceMs, lastSeenAt)
      if (lastSeenAt < seenBeforeMs) unheard.push({ state: known })
    }
    this.#heardSinceMs = heardSinceMs
    return unheard
  }

  know(): undefined {
    return undefined
  }

  report(report: DeviceReport): { readonly state: DeviceState; readonly isNews: boolean } {
    const before = this.#get(report.orgId, report.deviceId)
    const state = evolveDeviceState(before, report, this.#clock.nowMs())
    const isNews = isNewsTo(before, state)
    this.#states.set(state.id, state)
    this.#heardSinceMs = Math.min(this.#heardSinceMs, state.lastSeenAt ?? 0)
    if (isNews) this.#changed.mark(state.id)
    else this.#noteSeen(state.id)
    return { state, isNews }
  }

  seen(orgId: string, deviceId: string, receivedAt: number): DeviceState | undefined {
    const state = this.#states.get(deviceId)
    if (state?.online === true && state.isSilent !== true && state.orgId === orgId) {
      if (receivedAt > (state.lastSeenAt ?? 0) || this.#isAhead(state, receivedAt)) {
        Object.assign(state, { lastSeenAt: receivedAt })
        this.#heardSinceMs = Math.min(this.#heardSinceMs, receivedAt)
        this.#noteSeen(deviceId)
      }
      return undefined
    }
    const { state: next, isNews } = this.report({ orgId, deviceId, receivedAt })
    return isNews ? next : undefined
  }

  async forget(orgId: string, deviceId: string): Promise<void> {
    this.#states.delete(deviceId)
    this.#changed.unmark(deviceId)
    if (this.#seen.delete(deviceId)) this.#isSeenSaved = false
    await this.#store.organization(orgId).collection(deviceStateCollection).remove(deviceId)
  }

  whenSaved(): Promise<void> {
    return this.#changed.whenWritten()
  }

  async saveSeen(): Promise<void> {
    if (this.#isSeenSaved) return
    this.#isSeenSaved = true
    const seen = new Map<string, Seen[]>()
    for (const deviceId of this.#seen) {
      const { orgId, lastSeenAt } = this.#states.get(deviceId) ?? {}
      if (orgId === undefined || typeof lastSeenAt !== 'number') continue
      const ofOrganization = seen.get(orgId)
      if (ofOrganization === undefined) seen.set(orgId, [{ deviceId, seenAt: lastSeenAt }])
      else ofOrganization.push({ deviceId, seenAt: lastSeenAt })
    }
    try {
      await this.#seenTimes.write(seen)
    } catch (error) {
      this.#isSeenSaved = false
      throw error
    }
  }

  async close(): Promise<void> {
    // In the states themselves, for whatever reads them next: several instances, say.
    for (const deviceId of this.#seen) this.#changed.mark(deviceId)
    await this.#changed.writeNow()
  }

  #noteSeen(deviceId: string): void {
    this.#seen.add(deviceId)
    this.#isSeenSaved = false
  }

  /** The clock is asked only where the two are far apart. */
  #isAhead({ lastSeenAt }: DeviceState, receivedAt: number): boolean {
    return isAhead(lastSeenAt ?? 0, receivedAt) && isAhead(lastSeenAt ?? 0, this.#clock.nowMs())
  }

  #get(orgId: string, deviceId: string): DeviceState {
    const state = this.#states.get(deviceId)
    return state?.orgId === orgId ? state : unseenDevice(orgId, deviceId)
  }

  async #write(ids: readonly string[]): Promise<void> {
    const states = ids.map((id) => this.#states.get(id)).filter((state) => state !== undefined)
    for (const { id } of states) this.#seen.delete(id)
    await Promise.all(
      states.map((state) =>
        this.#store.organization(state.orgId).collection(deviceStateCollection).upsert(state),
      ),
    )
  }
}

import type { Bus } from '../platform/bus/port.ts'
import { isAhead } from '../platform/kit/ahead.ts'
import type { Collection, Stored } from '../platform/store/port.ts'
import type { DeviceReport } from './device-report.ts'
import { composeReports } from './compose-reports.ts'
import { type DeviceKey, deviceStateCollection, type DeviceStates, type Unheard } from './device-states.ts'
import { saveDeviceState } from './save-device-state.ts'
import { SharedStateReader, type SharedStateReaderParts } from './shared-state-reader.ts'
import { type DeviceState, evolveDeviceState, isNewsTo, unseenDevice } from './state.ts'
import { WriteBehind } from './write-behind.ts'

export interface SharedStatesParts extends SharedStateReaderParts {
  readonly bus: Bus
  /** Runs the task a little later: see {@link WriteBehind}. */
  readonly schedule: (task: () => void) => void
}

/** A state that is folded here. */
interface Folded {
  state: DeviceState
  /** Of the document it goes back to; 0 when there was none. */
  version: number
  /** What was folded since, in case somebody else has changed the document. */
  unsaved: DeviceReport | undefined
}

const topic = 'device-states'
const readAtOnce = 500

/**
 * States of devices where several instances fold and others read. Whoever consumes a device's part of the stream folds
 * its reports, on the document as it was read when the device was first heard of here. Documents are replaced by
 * compare-and-set; when another instance was faster, what was reported here is folded anew on what it has left. Who
 * saves news says so on the bus, and the others read the document again when they need it. Readers ask the store.
 */
export class SharedDeviceStates implements DeviceStates {
  readonly #parts: SharedStatesParts
  readonly #reader: SharedStateReader
  readonly #folded = new Map<string, Folded>()
  readonly #seen = new Set<string>()
  #freshlySeen = new Set<string>()
  #news = new Set<string>()
  readonly #changed: WriteBehind
  readonly #stops: readonly (() => void)[]

  constructor(parts: SharedStatesParts) {
    this.#parts = parts
    this.#reader = new SharedStateReader(parts)
    this.#changed = new WriteBehind((ids) => this.#write(ids), parts.schedule)
    this.#stops = [
      parts.bus.subscribe(topic, (ids) => {
        if (Array.isArray(ids)) for (const id of ids) this.#readAgain(String(id))
      }),
      parts.bus.onGap(() => {
        for (const id of this.#folded.keys()) this.#readAgain(id)
      }),
    ]
  }

  get(orgId: string, deviceId: string): Promise<DeviceState> {
    return this.#reader.get(orgId, deviceId)
  }

  of(orgId: string, deviceIds: readonly string[]): Promise<readonly DeviceState[]> {
    return this.#reader.of(orgId, deviceIds)
  }

  countOnline(orgId: string): Promise<number> {
    return this.#reader.countOnline(orgId)
  }

  unheard(seenBeforeMs: number): AsyncIterable<Unheard> {
    return this.#reader.unheard(seenBeforeMs)
  }

  know(devices: readonly DeviceKey[]): Promise<void> | undefined {
    let unknown: Map<string, string> | undefined
    let previous = ''
    for (const { orgId, deviceId } of devices) {
      if (deviceId === previous) continue
      previous = deviceId
      if (this.#folded.get(deviceId)?.state.orgId !== orgId) (unknown ??= new Map()).set(deviceId, orgId)
    }
    return unknown === undefined ? undefined : this.#read(unknown)
  }

  report(report: DeviceReport): { readonly state: DeviceState; readonly isNews: boolean } {
    const folded = this.#foldedOf(report.orgId, report.deviceId)
    const before = folded.state
    const nowMs = this.#parts.clock.nowMs()
    const state = evolveDeviceState(before, report, nowMs)
    const isNews = isNewsTo(before, state)
    folded.state = state
    folded.unsaved = composeReports(folded.unsaved, report, nowMs)
    this.#freshlySeen.add(state.id)
    if (isNews) {
      this.#news.add(state.id)
      this.#changed.mark(state.id)
    } else this.#seen.add(state.id)
    return { state, isNews }
  }

  seen(orgId: string, deviceId: string, receivedAt: number): DeviceState | undefined {
    const folded = this.#folded.get(deviceId)
    if (folded?.state.online === true && folded.state.isSilent !== true && folded.state.orgId === orgId) {
      if (receivedAt > (folded.state.lastSeenAt ?? 0) || this.#isAhead(folded.state, receivedAt)) {
        Object.assign(folded.state, { lastSeenAt: receivedAt })
        this.#seen.add(deviceId)
        this.#freshlySeen.add(deviceId)
      }
      return undefined
    }
    const { state, isNews } = this.report({ orgId, deviceId, receivedAt })
    return isNews ? state : undefined
  }

  whenSaved(): Promise<void> {
    return this.#changed.whenWritten()
  }

  async saveSeen(): Promise<void> {
    if (this.#seen.size === 0) return
    this.#markSeen()
    await this.#changed.whenWritten()
  }

  /** Tells the others when devices were heard of; every few seconds. */
  async tellSeen(): Promise<void> {
    const ids = this.#freshlySeen
    this.#freshlySeen = new Set()
    const devices = [...ids].flatMap((deviceId) => {
      const seenAt = this.#folded.get(deviceId)?.state.lastSeenAt
      return seenAt === undefined || seenAt === null ? [] : [{ deviceId, seenAt }]
    })
    if (devices.length > 0) await this.#parts.pulse.seen(devices)
  }

  async forget(orgId: string, deviceId: string): Promise<void> {
    this.drop(deviceId)
    await this.#collection(orgId).remove(deviceId)
    await this.#parts.pulse.forget(deviceId)
  }

  /** What is folded here of a device that was removed, wherever that was. */
  drop(deviceId: string): void {
    this.#folded.delete(deviceId)
    this.#changed.unmark(deviceId)
    this.#seen.delete(deviceId)
    this.#news.delete(deviceId)
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    await this.tellSeen()
    this.#markSeen()
    await this.#changed.writeNow()
  }

  async #read(devices: ReadonlyMap<string, string>): Promise<void> {
    const ids = [...devices.keys()]
    for (let from = 0; from < ids.length; from += readAtOnce) {
      const some = ids.slice(from, from + readAtOnce)
      const { items } = await this.#parts.store.everywhere(
        deviceStateCollection,
        { id: { $in: some } },
        // An id may have had another owner.
        { limit: 2 * some.length },
      )
      const found = new Map(
        items
          .filter(({ document, orgId }) => devices.get(document.id) === orgId)
          .map((item) => [item.document.id, item]),
      )
      for (const id of some) this.#begin(id, devices.get(id) ?? '', found.get(id))
    }
  }

  #begin(id: string, orgId: string, stored: Stored<DeviceState> | undefined): void {
    if (this.#folded.get(id)?.state.orgId === orgId) return
    this.#folded.set(id, {
      state: stored?.document ?? unseenDevice(orgId, id),
      version: stored?.version ?? 0,
      unsaved: undefined,
    })
  }

  #foldedOf(orgId: string, deviceId: string): Folded {
    const known = this.#folded.get(deviceId)
    if (known?.state.orgId === orgId) return known
    // Not read before: saving finds out what there is.
    const created: Folded = { state: unseenDevice(orgId, deviceId), version: 0, unsaved: undefined }
    this.#folded.set(deviceId, created)
    return created
  }

  /**
   * What is not saved yet is folded anew when it is: soon, since what comes meanwhile is judged by what is no longer so, and
   * would not count as news.
   */
  #readAgain(id: string): void {
    const folded = this.#folded.get(id)
    if (folded === undefined) return
    if (folded.unsaved !== undefined) this.#changed.mark(id)
    else if (!this.#seen.has(id)) this.#folded.delete(id)
  }

  /** The clock is asked only where the two are far apart. */
  #isAhead({ lastSeenAt }: DeviceState, receivedAt: number): boolean {
    return isAhead(lastSeenAt ?? 0, receivedAt) && isAhead(lastSeenAt ?? 0, this.#parts.clock.nowMs())
  }

  #markSeen(): void {
    const nowMs = this.#parts.clock.nowMs()
    for (const id of this.#seen) {
      const folded = this.#folded.get(id)
      if (folded === undefined) continue
      const { lastSeenAt, online, orgId } = folded.state
      if (lastSeenAt !== null && lastSeenAt > (folded.unsaved?.receivedAt ?? 0))
        folded.unsaved = composeReports(
          folded.unsaved,
          { orgId, deviceId: id, receivedAt: lastSeenAt, online },
          nowMs,
        )
      this.#changed.mark(id)
    }
    this.#seen.clear()
  }

  async #write(ids: readonly string[]): Promise<void> {
    const outcomes = await Promise.allSettled(ids.map((id) => this.#save(id)))
    const told = ids.filter((id, index) => outcomes[index]?.status === 'fulfilled' && this.#news.delete(id))
    for (let from = 0; from < told.length; from += readAtOnce) {
      // Who does not hear it finds out when it saves.
      await this.#parts.bus.publish(topic, told.slice(from, from + readAtOnce)).catch(() => undefined)
    }
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  async #save(id: string): Promise<void> {
    const folded = this.#folded.get(id)
    const report = folded?.unsaved
    if (folded === undefined || report === undefined) return
    folded.unsaved = undefined
    this.#seen.delete(id)
    const nowMs = this.#parts.clock.nowMs()
    try {
      const stored = await saveDeviceState(
        this.#collection(folded.state.orgId),
        folded.state,
        folded.version,
        report,
        nowMs,
      )
      folded.version = stored.version
      // What came meanwhile goes on top of what is stored now.
      const since: DeviceReport | undefined = folded.unsaved
      folded.state = since === undefined ? stored.document : evolveDeviceState(stored.document, since, nowMs)
      // Against what was known before it may have been none.
      if (isNewsTo(stored.document, folded.state)) {
        this.#news.add(id)
        this.#changed.mark(id)
      }
    } catch (error) {
      folded.unsaved = folded.unsaved === undefined ? report : composeReports(report, folded.unsaved, nowMs)
      throw error
    }
  }

  #collection(orgId: string): Collection<DeviceState> {
    return this.#parts.store.organization(orgId).collection(deviceStateCollection)
  }
}

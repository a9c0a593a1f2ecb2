import type { Clock } from '../platform/clock.ts'
import { clockToleranceMs, isAhead } from '../platform/kit/ahead.ts'
import type { DevicePulse, Pulse } from '../platform/pulse/port.ts'
import { everyTenantDocument } from '../platform/store/every-tenant-document.ts'
import type { Collection, Store } from '../platform/store/port.ts'
import { deviceStateCollection, type DeviceStates, type Unheard } from './device-states.ts'
import { type DeviceState, healed, unseenDevice } from './state.ts'

export interface SharedStateReaderParts {
  readonly store: Store
  readonly pulse: Pulse
  readonly clock: Pick<Clock, 'nowMs'>
}

const readAtOnce = 500

/** States of devices as the store has them, with the times of the pulse, which are newer. */
export class SharedStateReader implements Pick<DeviceStates, 'get' | 'of' | 'countOnline' | 'unheard'> {
  readonly #parts: SharedStateReaderParts

  constructor(parts: SharedStateReaderParts) {
    this.#parts = parts
  }

  async get(orgId: string, deviceId: string): Promise<DeviceState> {
    const stored = await this.#collection(orgId).get(deviceId)
    const [state] = await this.#withPulse([stored?.document ?? unseenDevice(orgId, deviceId)])
    return state ?? unseenDevice(orgId, deviceId)
  }

  async of(orgId: string, deviceIds: readonly string[]): Promise<readonly DeviceState[]> {
    const found = new Map<string, DeviceState>()
    for (let from = 0; from < deviceIds.length; from += readAtOnce) {
      const ids = deviceIds.slice(from, from + readAtOnce)
      const page = await this.#collection(orgId).find({ id: { $in: ids } }, { limit: ids.length })
      for (const { document } of page.items) found.set(document.id, document)
    }
    return this.#withPulse(deviceIds.map((id) => found.get(id) ?? unseenDevice(orgId, id)))
  }

  countOnline(orgId: string): Promise<number> {
    return this.#collection(orgId).count({ online: true })
  }

  async *unheard(seenBeforeMs: number): AsyncIterable<Unheard> {
    const { clock, pulse, store } = this.#parts
    // What is ahead of us was noted by a clock that was wrong, and would be overlooked until its time has come.
    const filter = {
      online: true,
      $or: [{ lastSeenAt: { $lt: seenBeforeMs } }, { lastSeenAt: { $gt: clock.nowMs() + clockToleranceMs } }],
    }
    let page: DeviceState[] = []
    const silent = async (): Promise<readonly Unheard[]> => {
      const pulses = await pulse.of(
        page.map(({ id }) => id),
        clock.nowMs(),
      )
      return page
        .map((stored, index) => ({
          state: heardOf(stored, pulses[index], clock.nowMs()),
          isConnected: pulses[index]?.isConnected === true,
        }))
        .filter(({ state }) => (state.lastSeenAt ?? 0) < seenBeforeMs)
    }
    for await (const { document } of everyTenantDocument(store, deviceStateCollection, filter)) {
      page.push(document)
      if (page.length < readAtOnce) continue
      yield* await silent()
      page = []
    }
    yield* await silent()
  }

  async #withPulse(states: readonly DeviceState[]): Promise<readonly DeviceState[]> {
    const { clock, pulse } = this.#parts
    const ids = states.map(({ id }) => id)
    // Without it the store's times are at most a minute old.
    const pulses = await pulse.of(ids, clock.nowMs()).catch(() => [])
    return states.map((state, index) => withPulse(state, pulses[index], clock.nowMs()))
  }

  #collection(orgId: string): Collection<DeviceState> {
    return this.#parts.store.organization(orgId).collection(deviceStateCollection)
  }
}

/** As the pulse has it where the store's time is ahead: without one nothing was heard since the clock is right. */
function heardOf(stored: DeviceState, pulse: DevicePulse | undefined, nowMs: number): DeviceState {
  return isAhead(stored.lastSeenAt ?? 0, nowMs)
    ? { ...healed(stored, nowMs), lastSeenAt: isAhead(pulse?.seenAt ?? 0, nowMs) ? 0 : (pulse?.seenAt ?? 0) }
    : withPulse(stored, pulse, nowMs)
}

/** When anything was last heard, if there is a state at all: a sign of life alone makes none. */
function withPulse(stored: DeviceState, pulse: DevicePulse | undefined, nowMs: number): DeviceState {
  const state = healed(stored, nowMs)
  const seenAt = pulse?.seenAt === undefined ? undefined : Math.min(pulse.seenAt, nowMs)
  return state.lastSeenAt === null || seenAt === undefined || seenAt <= state.lastSeenAt
    ? state
    : { ...state, lastSeenAt: seenAt }
}

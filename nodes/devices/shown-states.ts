import type { DeviceReport } from './device-report.ts'
import type { DeviceKey, DeviceStates } from './device-states.ts'
import type { DeviceDirectory } from './directory.ts'
import type { DeviceState } from './state.ts'

/**
 * The state of a child as it counts: who cannot be reached because its gateway has gone is offline with it, and is again
 * what it was when the gateway is back. Whatever was heard of the child since came by the gateway, so it is there.
 */
export function behindGateway(state: DeviceState, gateway: DeviceState | undefined): DeviceState {
  const goneAt = gateway?.online === false ? gateway.onlineChangedAt : null
  return goneAt !== null && state.online && (state.lastSeenAt ?? 0) <= goneAt
    ? { ...state, online: false, onlineChangedAt: goneAt }
    : state
}

export type ShownDirectory = Pick<DeviceDirectory, 'childrenOf' | 'gateways' | 'lookup'>

/** States as they count, over those that devices have by themselves. */
export class ShownStates implements DeviceStates {
  readonly #own: DeviceStates
  readonly #directory: ShownDirectory
  readonly #listeners = new Set<(state: DeviceState) => void>()

  constructor(own: DeviceStates, directory: ShownDirectory) {
    this.#own = own
    this.#directory = directory
  }

  async get(orgId: string, deviceId: string): Promise<DeviceState> {
    const state = await this.#own.get(orgId, deviceId)
    const gateway = this.#gatewayOf(deviceId)
    return gateway === undefined ? state : behindGateway(state, await this.#own.get(orgId, gateway))
  }

  async of(orgId: string, deviceIds: readonly string[]): Promise<readonly DeviceState[]> {
    const states = await this.#own.of(orgId, deviceIds)
    const gatewayIds = [...new Set(deviceIds.flatMap((id) => this.#gatewayOf(id) ?? []))]
    if (gatewayIds.length === 0) return states
    const gateways = new Map((await this.#own.of(orgId, gatewayIds)).map((state) => [state.id, state]))
    return states.map((state) => behindGateway(state, gateways.get(this.#gatewayOf(state.id) ?? '')))
  }

  async countOnline(orgId: string): Promise<number> {
    const online = await this.#own.countOnline(orgId)
    const gatewayIds = [...this.#directory.gateways(orgId)]
    if (gatewayIds.length === 0) return online
    let unreachable = 0
    for (const gateway of await this.#own.of(orgId, gatewayIds)) {
      if (gateway.online) continue
      for (const state of await this.#ownOfChildren(gateway))
        if (state.online && !behindGateway(state, gateway).online) unreachable += 1
    }
    return online - unreachable
  }

  /** Of the children of a gateway that has come or gone: those that are another now, as they count. */
  async changedWith(gateway: DeviceState): Promise<readonly DeviceState[]> {
    const before = { ...gateway, online: !gateway.online }
    const states = await this.#ownOfChildren(gateway)
    const changed = states
      .filter((state) => behindGateway(state, before).online !== behindGateway(state, gateway).online)
      .map((state) => behindGateway(state, gateway))
    for (const state of changed) this.#tell(state)
    return changed
  }

  unheard(seenBeforeMs: number): ReturnType<DeviceStates['unheard']> {
    return this.#own.unheard(seenBeforeMs)
  }

  know(devices: readonly DeviceKey[]): Promise<void> | undefined {
    return this.#own.know(devices)
  }

  report(report: DeviceReport): ReturnType<DeviceStates['report']> {
    const told = this.#own.report(report)
    if (told.isNews) this.#tell(told.state)
    return told
  }

  seen(orgId: string, deviceId: string, receivedAt: number): DeviceState | undefined {
    const state = this.#own.seen(orgId, deviceId, receivedAt)
    if (state !== undefined) this.#tell(state)
    return state
  }

  /** Told of what a watcher would want to know, on the instance that hears of it. The result ends it. */
  onNews(listener: (state: DeviceState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #tell(state: DeviceState): void {
    for (const listener of this.#listeners) listener(state)
  }

  whenSaved(): Promise<void> {
    return this.#own.whenSaved()
  }

  saveSeen(): Promise<void> {
    return this.#own.saveSeen()
  }

  forget(orgId: string, deviceId: string): Promise<void> {
    return this.#own.forget(orgId, deviceId)
  }

  close(): Promise<void> {
    return this.#own.close()
  }

  #gatewayOf(deviceId: string): string | undefined {
    return this.#directory.lookup(deviceId)?.device.gateway
  }

  async #ownOfChildren({ id, orgId }: DeviceState): Promise<readonly DeviceState[]> {
    const children = this.#directory.childrenOf(id).filter((child) => child.orgId === orgId)
    return children.length === 0
      ? []
      : this.#own.of(
          orgId,
          children.map(({ device }) => device.id),
        )
  }
}

import { type Command, isOpen } from '../commands/command.ts'
import type { Commands } from '../commands/command-service.ts'
import type { DeviceClass } from '../devices/device-class.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { DeviceStates } from '../devices/device-states.ts'
import { isAhead } from '../platform/kit/ahead.ts'
import type { Platform } from '../platform/platform.ts'
import { baseOf, fieldsOf, wishByHand } from './base.ts'
import type { Control } from './control.ts'
import type { ControlCommand } from './control-decider.ts'
import { endedOf, outcomeOf } from './sent-commands.ts'
import type { Wish } from './wish.ts'

export interface ControlFactsParts extends Pick<Platform, 'clock' | 'secrets'> {
  readonly commands: Pick<Commands, 'get' | 'newestByHand' | 'nextOrder'>
  readonly directory: Pick<DeviceDirectory, 'lookup'>
  readonly deviceStates: Pick<DeviceStates, 'get'>
}

/** What layers are decided by: the class of a device, what is on its log of commands, and what it has reported. */
export class ControlFacts {
  readonly #parts: ControlFactsParts

  constructor(parts: ControlFactsParts) {
    this.#parts = parts
  }

  /** Undefined for a device that is not there. */
  classOf(orgId: string, deviceId: string): DeviceClass | undefined {
    const record = this.#parts.directory.lookup(deviceId)
    return record?.orgId === orgId ? record.deviceClass : undefined
  }

  /** Above that of all its commands; what layers have in hand the decision sees to. */
  nextOrder(orgId: string, deviceId: string): Promise<number> {
    return this.#parts.commands.nextOrder(orgId, deviceId)
  }

  /** What was sent by hand, by field. */
  async byHand(orgId: string, deviceId: string): Promise<readonly Wish[]> {
    const deviceClass = this.classOf(orgId, deviceId)
    if (deviceClass === undefined) return []
    const newest = await Promise.all(
      fieldsOf(deviceClass).map((field) => this.#parts.commands.newestByHand(orgId, deviceId, field)),
    )
    return newest.flatMap((command) => (command && wishByHand(deviceClass, command)) ?? [])
  }

  /** What a device is by now, given what was wished of it. */
  async baseNow(
    orgId: string,
    deviceId: string,
    of: Pick<Parameters<typeof baseOf>[0], 'deviceClass' | 'nowMs' | 'order' | 'wishes'>,
  ): Promise<readonly Wish[]> {
    const { commands, deviceStates } = this.#parts
    const state = await deviceStates.get(orgId, deviceId)
    const confirmed = new Map<Wish, number>()
    for (const wish of of.wishes) {
      const command = wish.commandId === null ? undefined : await commands.get(orgId, wish.commandId)
      const atMs = command?.acknowledgedAtMs ?? wish.sinceMs
      // Once the clock was set back, what the device reports is newer than what was confirmed before.
      const isOld = isAhead(atMs, of.nowMs)
      confirmed.set(wish, command !== undefined && isOpen(command) ? Infinity : isOld ? 0 : atMs)
    }
    const confirmedAtMs = (wish: Wish): number => confirmed.get(wish) ?? wish.sinceMs
    return baseOf({ ...of, state, confirmedAtMs })
  }

  /** What has become of what layers have sent, as there is to decide about. */
  async lookAfter(orgId: string, control: Control): Promise<Extract<ControlCommand, { type: 'LookAfter' }>> {
    const { clock, commands, deviceStates, secrets } = this.#parts
    const lookup = (id: string): Promise<Command | undefined> => commands.get(orgId, id)
    const [manual, outcome, ended] = await Promise.all([
      this.byHand(orgId, control.id),
      outcomeOf(control, lookup),
      endedOf(control, lookup, () => deviceStates.get(orgId, control.id), clock.nowMs()),
    ])
    return { type: 'LookAfter', id: secrets.newId(), manual, outcome, ended }
  }
}

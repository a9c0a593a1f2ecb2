import type { z } from 'zod'
import { commandMessage } from '../devices/command-payload.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { Platform } from '../platform/platform.ts'
import type { Command } from './command.ts'

export interface PublisherParts extends Pick<Platform, 'broker' | 'clock' | 'log'> {
  readonly directory: Pick<DeviceDirectory, 'lookup'>
}

/** What is sent in place of the value that is on the log, as it is at that moment. */
export type Enclosure = (orgId: string, command: Command) => Promise<z.core.util.JSONType | undefined>

/** Brings commands to devices. */
export class CommandPublisher {
  readonly #parts: PublisherParts
  readonly #enclosures = new Map<string, Enclosure>()

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /** For an action that brings a device what nobody is to read on the log. The result ends it. */
  enclose(action: string, enclosure: Enclosure): () => void {
    this.#enclosures.set(action, enclosure)
    return () => void this.#enclosures.delete(action)
  }

  /**
   * Does not reject: an attempt counts as made whether or not the broker takes it, and the next one comes when this had no
   * answer.
   */
  async publish(orgId: string, command: Command): Promise<void> {
    const { broker, clock, directory, log } = this.#parts
    const { action, deviceId, id } = command
    try {
      const enclosed = await this.#enclosures.get(action)?.(orgId, command)
      const record = directory.lookup(deviceId)
      const classCommand = record?.deviceClass.commands.find(({ name }) => name === action)
      const inHand = enclosed === undefined ? command : { ...command, enclosed }
      const message = record && classCommand && commandMessage(record, classCommand, inHand, clock.nowMs())
      // Nobody waits for what this attempt does after that; a device that comes back late is not to do it then.
      const livesMs = Math.min(command.ackTimeoutMs, (command.expiresAtMs ?? Infinity) - clock.nowMs())
      if (message !== undefined) await broker.publish({ ...message, qos: 1, expiryMs: Math.max(0, livesMs) })
    } catch (error) {
      log.warn({ err: error, device: deviceId, command: id }, 'a command could not be published')
    }
  }
}

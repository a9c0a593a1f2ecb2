import { commandMessage } from '../devices/command-payload.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import type { Platform } from '../platform/platform.ts'
import type { Command } from './command.ts'

export interface PublisherParts extends Pick<Platform, 'broker' | 'clock' | 'log'> {
  readonly directory: Pick<DeviceDirectory, 'lookup'>
}

/** Sends a command to its device; does not reject. */
export type Publish = (command: Command) => Promise<void>

/** An attempt counts as made whether or not the broker takes it: the next one comes when this had no answer. */
export const openPublisher =
  ({ broker, clock, directory, log }: PublisherParts): Publish =>
  async (command) => {
    const { action, deviceId, id } = command
    try {
      const record = directory.lookup(deviceId)
      const classCommand = record?.deviceClass.commands.find(({ name }) => name === action)
      const message = record && classCommand && commandMessage(record, classCommand, command, clock.nowMs())
      if (message !== undefined) await broker.publish({ ...message, qos: 1 })
    } catch (error) {
      log.warn({ err: error, device: deviceId, command: id }, 'a command could not be published')
    }
  }

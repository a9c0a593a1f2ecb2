import { isChildOf, publishChannel } from './broker-access.ts'
import type { DeviceRecord } from './device.ts'
import type { DeviceDirectory } from './directory.ts'
import { namedBy } from './topics.ts'

/*
 * A gateway publishes for its children, by their topics, and hears their commands. Children are registered, each with
 * its gateway; what is nobody's child stays out of reach, whoever has it.
 */

/** The child that a gateway publishes for on this topic. */
export function childFor(
  gateway: DeviceRecord,
  topic: string,
  directory: Pick<DeviceDirectory, 'byAddress'>,
  templates: readonly string[],
): DeviceRecord | undefined {
  for (const template of templates) {
    const named = namedBy(template, topic)
    const child =
      named &&
      directory
        .byAddress(named.address)
        .find((record) => isChildOf(record, gateway) && publishChannel(record, topic) !== undefined)
    if (child !== undefined) return child
  }
  return undefined
}

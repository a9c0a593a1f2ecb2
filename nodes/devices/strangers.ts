import { type DeviceClass, templatesOf } from './device-class.ts'
import { deviceAddressSchema } from '../platform/identifiers.ts'
import { namedBy } from './topics.ts'

/** Somebody who is not registered, as a topic names it. */
export interface Stranger {
  readonly address: string
  /** What it could be: the classes that have such a topic. */
  readonly classKeys: readonly string[]
}

/** Whom a device of one of these classes would be that publishes on this topic. Where the classes differ, the first. */
export function strangerBy(
  classes: Iterable<Pick<DeviceClass, 'key' | 'telemetry' | 'topics'>>,
  orgId: string,
  topic: string,
): Stranger | undefined {
  let address: string | undefined
  const classKeys = new Set<string>()
  for (const deviceClass of classes)
    for (const { channel, template } of templatesOf(deviceClass)) {
      const named = channel === 'command' ? undefined : namedBy(template, topic)
      if (named === undefined || (named.orgId ?? orgId) !== orgId) continue
      if (address === undefined && !deviceAddressSchema.safeParse(named.address).success) continue
      address ??= named.address
      if (named.address === address) classKeys.add(deviceClass.key)
    }
  return address === undefined ? undefined : { address, classKeys: [...classKeys] }
}

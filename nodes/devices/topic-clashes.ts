import { canonicalTopics, channels, type DeviceClass } from './device-class.ts'
import type { DeviceRecord } from './device.ts'
import type { DeviceDirectory } from './directory.ts'
import { deviceIdSchema, organizationIdSchema } from '../platform/identifiers.ts'
import { namedBy } from './topics.ts'

/*
 * A topic belongs to one device and one channel, whoever made the class: who publishes on it is known by it alone, and
 * what is published as one organization's telemetry must never be another's command.
 */

/** All templates of the classes, commands included, each once. */
export function allTemplates(classes: Iterable<Pick<DeviceClass, 'topics'>>): readonly string[] {
  const templates = new Set<string>()
  for (const { topics } of classes) {
    for (const channel of channels) {
      const template = topics[channel]
      if (template !== undefined) templates.add(template)
    }
  }
  return [...templates]
}

const topicsOf = ({ channelByTopic, commandTopic }: DeviceRecord): readonly string[] =>
  [...channelByTopic.keys(), ...(commandTopic === undefined ? [] : [commandTopic])].filter(
    (topic) => !topic.startsWith('$'),
  )

const hasTopic = ({ channelByTopic, commandTopic }: DeviceRecord, topic: string): boolean =>
  channelByTopic.has(topic) || commandTopic === topic

/** The first topic of the record that another device has already, for whatever it has it. */
export function takenTopic(
  record: DeviceRecord,
  directory: Pick<DeviceDirectory, 'lookup'>,
  templates: readonly string[],
): string | undefined {
  return topicsOf(record).find((topic) =>
    templates.some((template) => {
      const deviceId = namedBy(template, topic)?.deviceId
      if (deviceId === undefined || deviceId === record.device.id) return false
      const other = directory.lookup(deviceId)
      return other !== undefined && hasTopic(other, topic)
    }),
  )
}

/**
 * Whether two templates can make one topic for two devices: then whoever comes first could keep a device of the other
 * class from ever being registered. Where both have `{device}` in one place it is one device, and there is no clash.
 */
export function canClash(one: string, other: string): boolean {
  const [levels, others] = [one.split('/'), other.split('/')]
  if (levels.length !== others.length) return false
  let isSameDevice = false
  for (const [depth, level] of levels.entries()) {
    const against = others[depth] ?? ''
    if (level === '{device}' && against === '{device}') isSameDevice = true
    else if (!canBe(level, against) && !canBe(against, level)) return false
  }
  return !isSameDevice
}

/** Whether what stands for `level` can be the same as what stands for `other`. */
function canBe(level: string, other: string): boolean {
  if (level === other) return true
  const isId = { '{device}': deviceIdSchema, '{org}': organizationIdSchema }[level]
  return isId !== undefined && (other === '{org}' || other === '{device}' || isId.safeParse(other).success)
}

/** A template of the class that reaches into the topics of the classes that come with the platform. */
export function clashWithShipped(
  deviceClass: Pick<DeviceClass, 'topics'>,
  shipped: Iterable<Pick<DeviceClass, 'topics'>>,
): string | undefined {
  const theirs = allTemplates([...shipped, { topics: canonicalTopics }])
  return allTemplates([deviceClass]).find((template) => theirs.some((their) => canClash(template, their)))
}

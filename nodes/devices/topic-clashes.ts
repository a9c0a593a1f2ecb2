import { canonicalTopics, type ClassTopics, templatesOf } from './device-class.ts'
import type { DeviceRecord } from './device.ts'
import type { DeviceDirectory } from './directory.ts'
import { deviceAddressSchema, organizationIdSchema } from '../platform/identifiers.ts'
import { isOpenLevel, isSame, overlap } from './topic-template.ts'

/*
 * A topic belongs to one device and one channel, whoever made the class: who publishes on it is known by it alone, and
 * what is published as one organization's telemetry must never be another's command.
 */

/** All templates of the classes, commands included, each once. */
export const allTemplates = (classes: Iterable<ClassTopics>): readonly string[] => [
  ...new Set([...classes].flatMap((one) => templatesOf(one).map(({ template }) => template))),
]

/** All that the record publishes and hears, with its open levels as they are. */
const topicsOf = ({ commandTopics, patterns, topics }: DeviceRecord): readonly string[] =>
  [...topics.keys(), ...patterns.map(({ topic }) => topic), ...commandTopics].filter(
    (topic) => !topic.startsWith('$'),
  )

/** Whose the topic could be by the template: a device's, anybody's (`undefined` as its address), or nobody's. */
function meantBy(template: string, topic: string): { readonly address: string | undefined } | undefined {
  const [wanted, levels] = [template.split('/'), topic.split('/')]
  if (wanted.length !== levels.length) return undefined
  let address: string | undefined
  for (const [depth, level] of wanted.entries()) {
    const actual = levels[depth] ?? ''
    if (level === '{device}') {
      if (isOpenLevel(actual)) continue
      if (address !== undefined && address !== actual) return undefined
      address = actual
    } else if (level !== '{org}' && !isSame(level, actual)) return undefined
  }
  return { address }
}

/** The first topic of the record that another device has already, for whatever it has it. */
export function takenTopic(
  record: DeviceRecord,
  directory: Pick<DeviceDirectory, 'byAddress' | 'all'>,
  templates: readonly string[],
): string | undefined {
  const hasTopic = (topic: string, other: DeviceRecord): boolean =>
    other.device.id !== record.device.id && topicsOf(other).some((their) => overlap(topic, their))
  return topicsOf(record).find((topic) =>
    templates.some((template) => {
      const meant = meantBy(template, topic)
      if (meant === undefined) return false
      if (meant.address !== undefined)
        return directory.byAddress(meant.address).some((other) => hasTopic(topic, other))
      return [...directory.all()].some((other) => hasTopic(topic, other))
    }),
  )
}

/**
 * Whether two templates can make one topic for two devices: then whoever comes first could keep a device of the other
 * class from ever being registered. Where both have `{device}` in one place it is one address, as if it were one id.
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
  if (level === other || isOpenLevel(level)) return true
  const isId = { '{device}': deviceAddressSchema, '{org}': organizationIdSchema }[level]
  return (
    isId !== undefined &&
    (other === '{org}' || other === '{device}' || isOpenLevel(other) || isId.safeParse(other).success)
  )
}

const canonical = Object.values(canonicalTopics)

/** A template of the class that reaches into the topics of the classes that come with the platform. */
export function clashWithShipped(
  deviceClass: ClassTopics,
  shipped: Iterable<ClassTopics>,
): string | undefined {
  const theirs = [...new Set([...allTemplates(shipped), ...canonical])]
  return allTemplates([deviceClass]).find((template) => theirs.some((their) => canClash(template, their)))
}

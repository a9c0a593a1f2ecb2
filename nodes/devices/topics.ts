import { type DeviceClass, templatesOf } from './device-class.ts'
import { isOpenLevel } from './topic-template.ts'

/** Whom a topic names, going by a class's template. */
export interface NamedDevice {
  /** What stands for it in the topic. */
  readonly address: string
  /** Undefined where the template has no organization in it. */
  readonly orgId: string | undefined
}

/** The templates of all topics that devices of these classes publish on, each once. */
export function publishTemplates(classes: Iterable<DeviceClass>): readonly string[] {
  const templates = new Set<string>()
  for (const deviceClass of classes)
    for (const { channel, template } of templatesOf(deviceClass))
      if (channel !== 'command') templates.add(template)
  return [...templates]
}

/** The topic filter that matches what any device publishes by this template. */
export const filterOf = (template: string): string =>
  template
    .split('/')
    .map((level) => (level === '{org}' || level === '{device}' || isOpenLevel(level) ? '+' : level))
    .join('/')

/** The device that the topic names if it was made by this template. */
export function namedBy(template: string, topic: string): NamedDevice | undefined {
  const wanted = template.split('/')
  const levels = topic.split('/')
  if (wanted.length !== levels.length) return undefined
  const named = new Map<string, string>()
  for (const [depth, level] of wanted.entries()) {
    const actual = levels[depth] ?? ''
    if (level === '{device}' || level === '{org}') {
      if ((named.get(level) ?? actual) !== actual) return undefined
      named.set(level, actual)
    } else if (isOpenLevel(level) ? actual === '' : level !== actual) return undefined
  }
  const address = named.get('{device}')
  return address === undefined ? undefined : { address, orgId: named.get('{org}') }
}

import { z } from 'zod'

const named = /^\{([A-Za-z][A-Za-z0-9_-]{0,31})\}$/

/** What a level stands for where it is `{name}`. */
export const nameOfLevel = (level: string): string | undefined => named.exec(level)?.[1]

/** Levels other than `{device}` and `{org}`: whatever stands there, the topic is the device's. */
export const isOpenLevel = (level: string): boolean =>
  level !== '{device}' && level !== '{org}' && nameOfLevel(level) !== undefined

export const hasOpenLevels = (template: string): boolean => template.split('/').some(isOpenLevel)

export const levelNames = (template: string): readonly string[] =>
  template.split('/').flatMap((level) => (isOpenLevel(level) ? (nameOfLevel(level) ?? []) : []))

/** Each name fills a whole topic level; the device must be in it, or publishers could not be told apart. */
export const topicTemplateSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(?!\$)[^+#\0]+$/, 'must not have wildcards or begin with $')
  .refine((template) => template.split('/').includes('{device}'), 'must have {device} as one of its levels')
  .refine(
    (template) => template.split('/').every((level) => !/[{}]/.test(level) || named.test(level)),
    'may only have {org}, {device} and other {name}s, each as a whole level',
  )
  .refine((template) => !isOpenLevel(template.split('/')[0] ?? ''), 'must not begin with a {name}')
  .refine(
    (template) => new Set(levelNames(template)).size === levelNames(template).length,
    'must have each {name} once',
  )

/** Where a message goes to it must be known as a whole. */
export const closedTemplateSchema = topicTemplateSchema.refine(
  (template) => !hasOpenLevels(template),
  'may only have {org} and {device}, each as a whole level',
)

/** The topic of one device; other names than its own and its organization's stay as they are. */
export function topicFor(template: string, orgId: string, address: string): string {
  return template
    .split('/')
    .map((level) => (level === '{org}' ? orgId : level === '{device}' ? address : level))
    .join('/')
}

/** What stands for the open levels in a topic of this pattern; undefined where it is not of it. */
export function levelsIn(
  pattern: readonly string[],
  topic: string,
): Readonly<Record<string, string>> | undefined {
  const levels = topic.split('/')
  if (levels.length !== pattern.length) return undefined
  const found: Record<string, string> = {}
  for (const [depth, wanted] of pattern.entries()) {
    const actual = levels[depth] ?? ''
    const name = isOpenLevel(wanted) ? nameOfLevel(wanted) : undefined
    if (name === undefined) {
      if (wanted !== actual) return undefined
    } else if (actual === '') return undefined
    else found[name] = actual
  }
  return found
}

/** Whether one level can be the other: they are the same, or something open. */
export const isSame = (level: string, other: string): boolean =>
  level === other || isOpenLevel(level) || isOpenLevel(other)

/** Whether one topic can be both. */
export function overlap(topic: string, other: string): boolean {
  if (topic === other) return true
  const [levels, others] = [topic.split('/'), other.split('/')]
  return levels.length === others.length && levels.every((level, depth) => isSame(level, others[depth] ?? ''))
}

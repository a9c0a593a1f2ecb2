import { CLASS_KEYS, type ClassKey } from './devices/catalogue.ts'

export interface ClassCount {
  readonly classKey: ClassKey
  readonly count: number
}

export interface ParsedClasses {
  readonly counts: readonly ClassCount[]
  readonly mistakes: readonly string[]
}

/** Reads `air-purifier`, or `port-monitor=2,sleep-pod=1`; a class without a count takes `defaultCount`. */
export function parseClasses(entries: readonly string[], defaultCount: number): ParsedClasses {
  if (entries.length === 0) return { counts: [], mistakes: [`--class: choose from ${CLASS_KEYS.join(', ')}`] }
  const counts = new Map<ClassKey, number>()
  const mistakes: string[] = []
  for (const entry of entries.flatMap((typed) => typed.split(','))) {
    const [name = '', typedCount] = entry.trim().split('=', 2)
    if (!isClassKey(name)) {
      mistakes.push(`--class ${entry}: there is no class "${name}"; choose from ${CLASS_KEYS.join(', ')}`)
    } else if (typedCount !== undefined && !/^[1-9]\d{0,5}$/.test(typedCount)) {
      mistakes.push(`--class ${entry}: give a whole number from 1, such as ${name}=2`)
    } else if (counts.has(name)) {
      mistakes.push(`--class ${entry}: ${name} is given twice`)
    } else {
      counts.set(name, typedCount === undefined ? defaultCount : Number(typedCount))
    }
  }
  return { counts: [...counts].map(([classKey, count]) => ({ classKey, count })), mistakes }
}

function isClassKey(name: string): name is ClassKey {
  return CLASS_KEYS.some((key) => key === name)
}

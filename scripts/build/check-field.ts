import type { Control } from './fields.ts'

export const faultKeys = ['number', 'integer', 'min', 'max', 'pattern', 'json', 'choice'] as const

/** Why a value is refused: the end of a locale key, with what the sentence needs. */
export interface Fault {
  readonly key: (typeof faultKeys)[number]
  readonly values: Readonly<Record<string, string | number>>
}

/**
 * Runs in the editor, where the build writes its source: it may use nothing from outside itself. Empty means the
 * default, as it does for the node.
 */
export function faultOf(value: unknown, control: Control): Fault | undefined {
  if (value === '' || value === undefined || value === null) return undefined
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (control.kind === 'number') {
    const number = Number(text)
    if (!Number.isFinite(number)) return { key: 'number', values: {} }
    if (control.integer && !Number.isInteger(number)) return { key: 'integer', values: {} }
    if (control.min !== null && number < control.min) return { key: 'min', values: { min: control.min } }
    if (control.max !== null && number > control.max) return { key: 'max', values: { max: control.max } }
  } else if (control.kind === 'text') {
    if (control.pattern !== null && !new RegExp(control.pattern).test(text))
      return { key: 'pattern', values: {} }
  } else if (control.kind === 'choice') {
    if (!control.choices.includes(text)) return { key: 'choice', values: {} }
  } else if (control.kind === 'json' || control.kind === 'value') {
    try {
      JSON.parse(text)
    } catch {
      return { key: 'json', values: {} }
    }
  }
  return undefined
}

import type { Control } from './fields.ts'

/** Why a value is refused: the end of a locale key, with what the sentence needs. */
export interface Fault {
  readonly key: 'number' | 'integer' | 'min' | 'max' | 'pattern' | 'json' | 'choice'
  readonly values: Readonly<Record<string, string | number>>
}

/**
 * Runs in the editor, where the build writes its source: it may use nothing from outside itself. Empty means the
 * default, as it does for the node.
 */
export function faultOf(value: unknown, control: Control): Fault | undefined {
  if (value === '' || value === undefined || value === null) return undefined
  switch (control.kind) {
    case 'number': {
      const number = Number(value)
      if (!Number.isFinite(number)) return { key: 'number', values: {} }
      if (control.integer && !Number.isInteger(number)) return { key: 'integer', values: {} }
      if (control.min !== null && number < control.min) return { key: 'min', values: { min: control.min } }
      if (control.max !== null && number > control.max) return { key: 'max', values: { max: control.max } }
      return undefined
    }
    case 'text':
      return control.pattern === null || new RegExp(control.pattern).test(String(value))
        ? undefined
        : { key: 'pattern', values: {} }
    case 'choice':
      return control.choices.includes(String(value)) ? undefined : { key: 'choice', values: {} }
    case 'json':
    case 'value':
      try {
        if (typeof value === 'string') JSON.parse(value)
        return undefined
      } catch {
        return { key: 'json', values: {} }
      }
    case 'flag':
    case 'long-text':
      return undefined
  }
}

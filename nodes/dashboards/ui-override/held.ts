import { formatMoment } from '../../../dashboards/kit/format.ts'
import { formatField, readable } from '../../../dashboards/kit/names.ts'
import type { DesiredView } from '../../../dashboards/kit/views.ts'
import { texts } from './texts.ts'

export interface HeldField {
  readonly field: string
  readonly name: string
  readonly value: string
  readonly layer: string
  /** Since when, and until when where that is known. */
  readonly when: string
}

/** What holds a device, field by field, for a person. */
export const heldFields = ({ fields }: DesiredView, nowMs: number): readonly HeldField[] =>
  Object.entries(fields).map(([field, { layer, since, until, value }]) => ({
    field,
    name: readable(field),
    value: formatField(value),
    layer: texts[layer],
    when: [
      texts.since(formatMoment(Date.parse(since), nowMs)),
      ...(until === null ? [] : [texts.until(formatMoment(Date.parse(until), nowMs))]),
    ].join(', '),
  }))

/** `1:02:05`, `4:07`: the time that is left; nothing below zero. */
export function countdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000))
  const two = (count: number): string => String(count).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`
}

/** What was typed or chosen, as the command wants it; undefined when it is none. */
export function valueFrom(type: string, text: string): boolean | number | string | undefined {
  if (type === 'boolean') return text === 'true'
  if (type === 'integer' || type === 'number') {
    const number = Number(text)
    return text.trim() === '' || !Number.isFinite(number) ? undefined : number
  }
  return type === 'string' ? text : undefined
}

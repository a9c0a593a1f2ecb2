import { h, setAttribute } from '../shared/dom.ts'
import { type Range, ranges } from './ranges.ts'

export interface RangeChoice {
  readonly element: HTMLElement
  show(chosen: Range): void
}

/** One button for each time range, side by side. */
export function createRangeChoice(onChoice: (range: Range) => void): RangeChoice {
  const buttons = ranges.map((range) => {
    const button = h(
      'button',
      { class: 'fl-range', type: 'button', 'aria-label': `Last ${range.name}` },
      range.label,
    )
    button.addEventListener('click', () => onChoice(range))
    return { range, button }
  })
  return {
    element: h(
      'div',
      { class: 'fl-ranges', role: 'group', 'aria-label': 'Time range' },
      ...buttons.map(({ button }) => button),
    ),
    show(chosen) {
      for (const { range, button } of buttons) setAttribute(button, 'aria-pressed', String(range === chosen))
    },
  }
}

export interface Palette {
  /** Of the lines, in their order; told apart by people who see few colours, too. */
  readonly lines: readonly string[]
  readonly fill: string
  readonly grid: string
  readonly text: string
  readonly doubt: string
  /** Of shaded stretches. */
  readonly band: string
}

const lines = [1, 2, 3, 4, 5, 6].map((number) => `--fl-line-${number}`)
// A canvas reads plain colours: registered, they are resolved before they are read.
for (const name of [...lines, '--fl-area', '--fl-bad-soft', '--fl-line', '--fl-muted', '--fl-warn'])
  CSS.registerProperty({ name, syntax: '<color>', inherits: true, initialValue: 'gray' })

/** The colours of the style sheet as a canvas understands them: resolved for light or dark. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(name)
  return {
    lines: lines.map(colour),
    fill: colour('--fl-area'),
    grid: colour('--fl-line'),
    text: colour('--fl-muted'),
    doubt: colour('--fl-warn'),
    band: colour('--fl-bad-soft'),
  }
}

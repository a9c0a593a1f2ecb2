export interface Palette {
  readonly line: string
  readonly fill: string
  readonly grid: string
  readonly text: string
}

/** The colours of the style sheet as a canvas understands them: resolved for light or dark. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(name)
  return {
    line: colour('--fl-accent'),
    fill: colour('--fl-area'),
    grid: colour('--fl-line'),
    text: colour('--fl-muted'),
  }
}

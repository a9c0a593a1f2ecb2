const width = 120
const height = 32
const capacity = 60
const namespace = 'http://www.w3.org/2000/svg'

export interface Sparkline {
  readonly element: Element
  push(value: number): void
}

/** Points of a line through the values, newest at the right edge; the scale begins at zero, so that height is amount. */
export function sparklinePoints(values: readonly number[]): string {
  const top = Math.max(...values, Number.MIN_VALUE) * 1.15
  const left = capacity - values.length
  return values
    .map((value, index) => {
      const x = ((left + index) / (capacity - 1)) * width
      const y = height - 1 - (value / top) * (height - 2)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}

/** The last few minutes of a number, without axes: decoration beside the number itself. */
export function createSparkline(): Sparkline {
  const values: number[] = []
  const line = document.createElementNS(namespace, 'polyline')
  const element = document.createElementNS(namespace, 'svg')
  element.setAttribute('viewBox', `0 0 ${width} ${height}`)
  element.setAttribute('preserveAspectRatio', 'none')
  element.setAttribute('class', 'fl-sparkline')
  element.setAttribute('aria-hidden', 'true')
  element.append(line)
  return {
    element,
    push(value) {
      values.push(value)
      if (values.length > capacity) values.shift()
      line.setAttribute('points', sparklinePoints(values))
    },
  }
}

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Prometheus' text format, as far as numbers are concerned. */
export function readExposition(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)/.exec(line)?.groups
    if (found === undefined) return []
    const labels = [...(found['labels'] ?? '').matchAll(/(?<key>\w+)="(?<text>(?:[^"\\]|\\.)*)"/g)].map(
      ({ groups }) => [groups?.['key'] ?? '', (groups?.['text'] ?? '').replaceAll(/\\(.)/g, '$1')] as const,
    )
    return [{ name: found['name'] ?? '', labels: Object.fromEntries(labels), value: Number(found['value']) }]
  })
}

/** The sum over all labels; undefined where there is no such figure. */
export function figure(samples: readonly Sample[], name: string): number | undefined {
  const found = samples.filter((sample) => sample.name === name && Number.isFinite(sample.value))
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
}

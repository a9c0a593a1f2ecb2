/**
 * The samples of a Prometheus text page (exposition format 0.0.4), summed over all labels but `le`: keys are the name, or
 * `name|le` for the buckets of a histogram.
 */
export function parsePrometheus(text: string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const line of text.split('\n')) {
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? +(\S+)/.exec(line)
    if (sample === null) continue
    const [, name = '', labels = '', value = ''] = sample
    const bound = /(?:^|,)le="([^"]*)"/.exec(labels)?.[1]
    const key = bound === undefined ? name : `${name}|${bound === '+Inf' ? bound : Number(bound)}`
    sums.set(key, (sums.get(key) ?? 0) + Number(value))
  }
  return sums
}

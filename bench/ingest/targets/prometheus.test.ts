import { describe, expect, it } from 'vitest'
import { parsePrometheus } from './prometheus.ts'

const page = `# HELP stored_total Readings
# TYPE stored_total counter
stored_total{org="a"} 12
stored_total{org="b, \\"c\\""} 3
age_seconds_bucket{le="0.001",org="a"} 1
age_seconds_bucket{org="a",le="1"} 4
age_seconds_bucket{le="1.0",org="b"} 5
age_seconds_bucket{le="+Inf",org="a"} 6
process_cpu_seconds_total 1.5e1 1395066363000
`

describe('the Prometheus page reader', () => {
  it('sums a name over its labels and keeps the bounds of a histogram apart', () => {
    expect(Object.fromEntries(parsePrometheus(page))).toEqual({
      stored_total: 15,
      'age_seconds_bucket|0.001': 1,
      'age_seconds_bucket|1': 9,
      'age_seconds_bucket|+Inf': 6,
      process_cpu_seconds_total: 15,
    })
  })
})

import { expect, test } from 'vitest'
import { figure, readExposition } from './exposition.ts'

const text = `# HELP a_total Things
# TYPE a_total counter
a_total 3
b{type="store",node="raw × \\"x\\" + {y}"} 1.5
b{type="live",node="other"} 2
c NaN

d_bucket{le="+Inf"} 4
`

test('figures are read with their labels', () => {
  const samples = readExposition(text)
  expect(samples).toHaveLength(5)
  expect(samples[1]).toEqual({ name: 'b', labels: { type: 'store', node: 'raw × "x" + {y}' }, value: 1.5 })
  expect(figure(samples, 'a_total')).toBe(3)
  expect(figure(samples, 'b')).toBe(3.5)
})

test('a figure that cannot be told is none', () => {
  const samples = readExposition(text)
  expect(figure(samples, 'c')).toBeUndefined()
  expect(figure(samples, 'nothing')).toBeUndefined()
})

import path from 'node:path'
import { expect, test } from 'vitest'
import { loadOperations } from '../platform/kit/endpoints/load-operations.ts'
import { toOpenApi } from './openapi.ts'
import { parseParts } from './check-request.ts'

const operations = (await loadOperations(path.join(import.meta.dirname, '..'))).all()
const { paths } = toOpenApi(operations, { version: '1.2.3', url: 'https://iot.example' })

const numbers = operations.flatMap((operation) =>
  (paths[operation.path.replaceAll(/:(\w+)/g, '{$1}')]?.[operation.method]?.parameters ?? [])
    .filter(({ schema }) => ['integer', 'number'].includes(String(schema['type'])))
    .map((parameter) => ({ in: parameter.in, name: parameter.name, operation })),
)

test('many operations take numbers', () => {
  expect(numbers.length).toBeGreaterThan(20)
})

test.each(['', ' ', '0x1', 'x'])('none takes %j for a number', (text) => {
  for (const { in: place, name, operation } of numbers) {
    const parts = { params: {}, query: {}, body: undefined, text: '' }
    const others = Object.fromEntries(
      [...operation.path.matchAll(/:(\w+)/g)].map(([, param = '']) => [param, 'x']),
    )
    const given =
      place === 'path' ? { params: { ...others, [name]: text } } : { params: others, query: { [name]: text } }
    const named = `${place === 'path' ? 'params' : 'query'}.${name}`
    const parsed = parseParts(operation, { ...parts, ...given })
    const told = parsed.kind === 'refused' ? parsed.problem.errors?.map((error) => error.path) : []
    expect([operation.id, told]).toEqual([operation.id, expect.arrayContaining([named])])
  }
})

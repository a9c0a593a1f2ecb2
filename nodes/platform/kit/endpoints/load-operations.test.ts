import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadOperations } from './load-operations.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-operations-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  await writeFile(path.join(folder, file), text)
}
const operation = (id: string, at: string, method = 'get'): string =>
  `export const operation = { id: '${id}', path: '${at}', method: '${method}', handle() {} }\n`

test('every file in a folder of operations is an endpoint, listed by path and method', async () => {
  await write('b/operations/list.ts', operation('listB', '/b'))
  await write('a/operations/create.ts', operation('createA', '/a', 'post'))
  await write('a/operations/list.ts', operation('listA', '/a'))
  await write('a/operations/parts.ts', 'export const shared = 1\n')
  await write('a/operations/list.test.ts', 'throw new Error("a test is no endpoint")\n')
  await write('a/operations/list.fixture.ts', 'throw new Error("nor is a fixture")\n')
  await write('a/other.ts', operation('other', '/other'))

  const registry = await loadOperations(folder)
  expect(registry.all().map(({ id }) => id)).toEqual(['listA', 'createA', 'listB'])
  expect(registry.find('listB')?.path).toBe('/b')
  expect(registry.find('other')).toBeUndefined()
  expect(registry.find('toString')).toBeUndefined()
})

test('two of one name are refused', async () => {
  await write('a/operations/one.ts', operation('same', '/a'))
  await write('b/operations/two.ts', operation('same', '/b'))
  await expect(loadOperations(folder)).rejects.toThrow('two operations are named same')
})

test('what says it is an operation and is none is refused', async () => {
  await write('a/operations/one.ts', 'export const operation = 5\n')
  await expect(loadOperations(folder)).rejects.toThrow('operation')
})

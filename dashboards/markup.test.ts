import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'

const projectDir = path.join(import.meta.dirname, '..')
/** Ways past what Vue escapes. */
const raw = /v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment/

test('what somebody called a device, a pod or themselves is text on every page: nothing writes markup', async () => {
  const patterns = ['dashboards/**/*.{vue,ts}', 'nodes/**/*.vue', 'nodes/dashboards/**/*.ts']
  const files: string[] = []
  for await (const file of glob(patterns, { cwd: projectDir, exclude: ['**/node_modules/**', '**/dist/**'] }))
    if (!file.endsWith('.test.ts')) files.push(file)
  expect(files.length).toBeGreaterThan(50)
  const found = await Promise.all(
    files.map(async (file) => (raw.test(await readFile(path.join(projectDir, file), 'utf8')) ? [file] : [])),
  )
  expect(found.flat()).toEqual([])
})

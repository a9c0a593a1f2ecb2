import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')
const linesOf = (file: string): readonly string[] => readFileSync(path.join(root, file), 'utf8').split('\n')

/** What the Dockerfile copies from here. */
const copied = linesOf('Dockerfile')
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
  .flatMap((line) => line.split(' ').slice(1, -1))
const ignored = linesOf('.dockerignore').filter((line) => line !== '*' && !/^(#|!|$)/.test(line))
const isKept = (file: string): boolean => !ignored.some((pattern) => path.matchesGlob(file, pattern))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fleetloom-image-'))
  for (const name of copied)
    cpSync(path.join(root, name), path.join(folder, name), {
      recursive: true,
      filter: (from) => isKept(path.relative(root, from)),
    })
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What it said on its way to a failure; empty when there was none. */
function failureOf(...args: readonly string[]): string {
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

test('what the image copies is enough to build it, and to load all that a start does', () => {
  expect(failureOf('scripts/build.ts')).toBe('')
  expect(failureOf('--eval', "import('./settings/start.ts').then(() => process.exit(0))")).toBe('')
  expect(failureOf('settings/cli.ts', 'flows', 'lint')).toBe('')
}, 180_000)

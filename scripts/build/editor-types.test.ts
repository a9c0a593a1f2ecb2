import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

test('the editor code of the nodes fits a browser: its types are right', async () => {
  const tsc = path('../../node_modules/.bin/tsc')

  const { stdout } = await promisify(execFile)(tsc, ['-p', path('tsconfig.editor.json')]).catch(
    (failure: unknown) => ({
      stdout:
        typeof failure === 'object' && failure !== null && 'stdout' in failure ? failure.stdout : failure,
    }),
  )

  expect(stdout).toBe('')
}, 60_000)

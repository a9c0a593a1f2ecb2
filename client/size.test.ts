import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const ownPath = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

async function bundle(code: string): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: ownPath('.'), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    absWorkingDir: ownPath('..'),
  })
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) }
}

test('what a page loads is small, has nothing of the server in it, and only the operations that it calls', async () => {
  const { text, inputs } = await bundle(`
    import { Client, Live } from './index.ts'
    import { getDevice } from './generated/operations.ts'
    const client = new Client()
    new Live(client).watch('all', {})
    void client.call(getDevice, { params: { id: 'x' } })
  `)
  const packed = gzipSync(text).length
  process.stdout.write(`client with live events: ${text.length} bytes minified, ${packed} compressed\n`)

  expect(inputs.filter((file) => /^(nodes|engines|settings|editor)\//.test(file))).toEqual([
    'nodes/platform/backoff.ts',
  ])
  expect(text).toContain('/api/v1/devices/:id')
  expect(text).not.toContain('/api/v1/dead-letters')
  expect(packed).toBeLessThan(20_000)
})

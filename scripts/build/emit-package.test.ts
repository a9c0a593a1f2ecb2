import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { emitPackage } from './emit-package.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const manifestSchema = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()),
  'node-red': z.object({ nodes: z.record(z.string(), z.string()) }),
})
const packMs = 60_000

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fleetloom-pack-'))
})
afterEach(() => rm(directory, { recursive: true }))

test(
  'the packed nodes load below node_modules, in plain Node, with nothing but their own dependencies',
  async () => {
    await emitPackage(join(directory, 'package'))
    await run('npm', ['pack', '--silent', '--pack-destination', directory, join(directory, 'package')])
    const manifest = manifestSchema.parse(
      JSON.parse(await readFile(join(directory, 'package/package.json'), 'utf8')),
    )
    const installed = join(directory, 'node_modules', manifest.name)
    await mkdir(installed, { recursive: true })
    await run('sh', ['-c', `tar -xzf "${directory}"/*.tgz --strip-components=1 -C "${installed}"`])
    for (const name of Object.keys(manifest.dependencies))
      await symlink(join(root, 'node_modules', name), join(directory, 'node_modules', name))

    const entries = Object.entries(manifest['node-red'].nodes)
    const code = `for (const [type, file] of ${JSON.stringify(entries)}) {
      const module = await import('${manifest.name}/' + file)
      if (module.default.definition.type !== type) throw new Error(type)
      console.log(type)
    }`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: directory,
    })

    expect(entries.length).toBeGreaterThan(0)
    expect(stdout.trim().split('\n')).toEqual(entries.map(([type]) => type))
    expect(await readFile(join(installed, 'dist/decode/decode.html'), 'utf8')).toContain('data-template-name')
    expect(await readFile(join(installed, 'examples/telemetry.json'), 'utf8')).toContain('uplink')
  },
  packMs,
)

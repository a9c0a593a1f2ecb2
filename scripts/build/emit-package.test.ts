import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startNodeRed } from './editor.fixture.ts'
import { emitPackage } from './emit-package.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const nodeSetsSchema = z.array(
  z.object({
    module: z.string(),
    version: z.string().optional(),
    types: z.array(z.string()),
    enabled: z.boolean(),
    err: z.unknown().optional(),
  }),
)
const manifestSchema = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()),
  'node-red': z.object({ nodes: z.record(z.string(), z.string()) }),
})
const packMs = 60_000
/** Tells the packed one from this checkout's, which Node-RED finds beside itself. */
const version = '9.9.9'

let directory: string
let manifest: z.output<typeof manifestSchema>
let tarball: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fleetloom-pack-'))
  const folder = join(directory, 'package')
  await run(process.execPath, [join(root, 'scripts/build.ts'), 'package', folder])
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  manifest = manifestSchema.parse(JSON.parse(text))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...Object(JSON.parse(text)), version }))
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', directory, folder])
  tarball = join(directory, packed.stdout.trim())
}, packMs)
afterAll(() => rm(directory, { recursive: true }))

async function unpack(into: string): Promise<string> {
  const installed = join(into, 'node_modules', manifest.name)
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])
  for (const name of Object.keys(manifest.dependencies))
    await symlink(join(root, 'node_modules', name), join(into, 'node_modules', name))
  return installed
}

test(
  'the packed nodes load below node_modules, in plain Node, with nothing but their own dependencies',
  async () => {
    const place = join(directory, 'plain')
    const installed = await unpack(place)
    const entries = Object.entries(manifest['node-red'].nodes)
    const code = `for (const [type, file] of ${JSON.stringify(entries)}) {
      const module = await import('${manifest.name}/' + file)
      if (module.default.definition.type !== type) throw new Error(type)
      console.log(type)
    }`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: place })

    expect(entries.length).toBeGreaterThan(0)
    expect(stdout.trim().split('\n')).toEqual(entries.map(([type]) => type))
    expect(await readFile(join(installed, 'dist/decode/decode.html'), 'utf8')).toContain('data-template-name')
    expect(await readFile(join(installed, 'examples/telemetry.json'), 'utf8')).toContain('uplink')
    expect(await readFile(join(installed, 'README.md'), 'utf8')).toContain(`# ${manifest.name}`)
    expect(await readFile(join(installed, 'LICENSE'), 'utf8')).toContain('Apache License')
  },
  packMs,
)

test(
  'their types are found by a program that uses them',
  async () => {
    const place = join(directory, 'typed')
    await unpack(place)
    const program = `import store from '${manifest.name}/lib/telemetry/store/node.js'
const type: string = store.definition.type
// @ts-expect-error a type is no number
const wrong: number = store.definition.type
export const found = [type, wrong]
`
    await writeFile(join(place, 'program.mts'), program)
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024']
    const tsc = join(root, 'node_modules/.bin/tsc')
    const outcome = run(tsc, [...options, '--skipLibCheck', '--types', '', 'program.mts'], { cwd: place })
    await expect(outcome).resolves.toMatchObject({ stdout: '' })
  },
  packMs,
)

test(
  'npm installs them offline into the user directory of a Node-RED, which registers every type',
  async () => {
    const userDir = join(directory, 'user')
    await mkdir(userDir)
    const here = Object.keys(manifest.dependencies).map((name) => [
      name,
      `file:${join(root, 'node_modules', name)}`,
    ])
    const dependencies = { [manifest.name]: `file:${tarball}`, ...Object.fromEntries(here) }
    await writeFile(join(userDir, 'package.json'), JSON.stringify({ private: true, dependencies }))
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: userDir,
    })

    await using nodeRed = await startNodeRed(userDir)
    const answer = await fetch(`${nodeRed.url}/nodes`, { headers: { accept: 'application/json' } })
    const sets = nodeSetsSchema.parse(await answer.json()).filter(({ module }) => module === manifest.name)
    expect(sets.flatMap((set) => set.types).sort()).toEqual(Object.keys(manifest['node-red'].nodes).sort())
    expect(sets.filter((set) => set.err !== undefined || !set.enabled || set.version !== version)).toEqual([])
  },
  packMs,
)

test('a folder with something else in it is refused, and left as it is', async () => {
  const folder = join(directory, 'full')
  await mkdir(folder)
  await writeFile(join(folder, 'thesis.txt'), 'all my work')
  await expect(emitPackage(folder)).rejects.toThrow(/thesis\.txt.*empty folder/)
  expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('all my work')
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type RunningEditor, nodesDir, startEditor } from './editor.fixture.ts'
import { languages } from './languages.ts'

const nodeSets = z.array(
  z.looseObject({
    module: z.string(),
    types: z.array(z.string()),
    enabled: z.boolean(),
    err: z.unknown().optional(),
  }),
)
const manifestSchema = z.object({
  name: z.string(),
  'node-red': z.object({ nodes: z.record(z.string(), z.string()) }),
})

/** By node set, then by the first part of the key. */
const cataloguesSchema = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ paletteLabel: z.string().optional() })),
)

const startupMs = 60_000
let editor: RunningEditor
let types: readonly string[]
let packageName: string

beforeAll(async () => {
  editor = await startEditor()
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(nodesDir, 'package.json'), 'utf8')))
  types = Object.keys(manifest['node-red'].nodes)
  packageName = manifest.name
}, startupMs)

afterAll(async () => {
  await editor[Symbol.asyncDispose]()
})

const get = async (path: string, accept: string): Promise<string> =>
  (await fetch(`${editor.url}${path}`, { headers: { accept } })).text()

test('Node-RED loads every type of the package, without a platform and without an error', async () => {
  const sets = nodeSets.parse(JSON.parse(await get('/nodes', 'application/json')))
  const ours = sets.filter(({ module }) => module === packageName)

  expect(ours.flatMap((set) => set.types).toSorted()).toEqual(types.toSorted())
  expect(ours.filter(({ err, enabled }) => err !== undefined || !enabled)).toEqual([])
  expect(types).toContain('decode')
})

test('the editor gets a registration, a form and help for every type', async () => {
  const html = await get('/nodes', 'text/html')

  const missing = types.filter(
    (type) =>
      !html.includes(`data-template-name="${type}"`) ||
      !html.includes(`const type = ${JSON.stringify(type)};`) ||
      !html.includes(`data-help-name="${type}"`),
  )
  expect(missing).toEqual([])
})

test.each(languages)('the labels of every type are there in %s', async (language) => {
  const catalogues = cataloguesSchema.parse(
    JSON.parse(await get(`/nodes/messages?lng=${language}`, 'application/json')),
  )

  const unlabelled = types.filter(
    (type) => catalogues[`${packageName}/${type}`]?.[type]?.paletteLabel === undefined,
  )
  expect(unlabelled).toEqual([])
})

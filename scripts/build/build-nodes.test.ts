import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { buildNodes } from './build-nodes.ts'
import { languages } from './languages.ts'
import { nodePackage, writeNode } from './package.fixture.ts'

const script = fileURLToPath(new URL('../build.ts', import.meta.url))
const run = promisify(execFile)

const filesBelow = async (directory: string): Promise<readonly string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted()

test('a node folder becomes what Node-RED loads: entry, editor side, labels and help', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')
  await made.write(
    'kitchen/palette.json',
    JSON.stringify({ colour: '#EEDDCC', label: { 'en-US': 'kitchen', 'pt-BR': 'cozinha', fr: 'cuisine' } }),
  )

  const { problems, types } = await buildNodes(made.nodesDir)

  expect(problems).toEqual([])
  expect(types).toEqual(['sieve'])
  const dist = join(made.nodesDir, 'dist')
  expect(await filesBelow(dist)).toEqual(
    [
      'node-types.json',
      'operations.json',
      'sieve/sieve.html',
      'sieve/sieve.js',
      ...languages.flatMap((language) => [
        `sieve/locales/${language}/sieve.html`,
        `sieve/locales/${language}/sieve.json`,
      ]),
    ].toSorted(),
  )
  const read = (path: string): Promise<string> => readFile(join(dist, path), 'utf8')
  expect(await read('sieve/sieve.js')).toBe("export { default } from '../../kitchen/sieve/node.ts'\n")
  expect(JSON.parse(await read('node-types.json'))).toEqual({
    sieve: { label: 'sieve', input: ['any'], outputs: [['grain']] },
  })
  const html = await read('sieve/sieve.html')
  expect(html).toContain('data-template-name="sieve"')
  expect(html).toContain('category: "fleetloom_kitchen"')
  expect(html).toContain('color: "#EEDDCC"')
  expect(html).toContain('id="node-input-mesh"')
  expect(JSON.parse(await read('sieve/locales/fr/sieve.json'))).toMatchObject({
    sieve: { properties: { mesh: { label: 'Mesh fr' } }, outputs: { 0: 'fine fr' } },
    palette: { label: { fleetloom_kitchen: 'cuisine' } },
  })
  const help = await read('sieve/locales/en-US/sieve.html')
  expect(help).toContain('data-help-name="sieve"')
  expect(help).toContain('Width of a &#60;hole&#62;')
  expect(help).toContain('<span class="property-type">grain</span>')
  expect(help.indexOf('Sieves.')).toBeLessThan(help.indexOf('Outputs'))
  expect(help.indexOf('Outputs')).toBeLessThan(help.indexOf('Details'))
})

test('the map of types is put into package.json, and all else in it stays', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')

  await buildNodes(made.nodesDir)

  expect(JSON.parse(await readFile(join(made.nodesDir, 'package.json'), 'utf8'))).toEqual({
    name: 'some-nodes',
    type: 'module',
    keywords: ['node-red'],
    'node-red': { nodes: { sieve: 'dist/sieve/sieve.js' } },
  })
})

test('a package.json with a map already changes in the map only, as it is formatted', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')
  const around = (map: string): string =>
    `{\n  "name": "some-nodes", "type": "module",\n  "node-red": {\n    "version": ">=5",\n    "nodes": ${map}\n  },\n  "files": ["dist"]\n}\n`
  await made.write('package.json', around('{\n      "spoon": "dist/spoon/spoon.js"\n    }'))

  await buildNodes(made.nodesDir)

  expect(await readFile(join(made.nodesDir, 'package.json'), 'utf8')).toBe(
    around('{\n      "sieve": "dist/sieve/sieve.js"\n    }'),
  )
})

test('a second build writes nothing, and what a removed node left is taken away', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')
  await writeNode(made, 'kitchen/colander', 'colander')
  await buildNodes(made.nodesDir)

  expect(await buildNodes(made.nodesDir)).toMatchObject({ written: [], removed: [] })

  await rm(join(made.nodesDir, 'kitchen/colander'), { recursive: true })
  const { written, removed } = await buildNodes(made.nodesDir)
  expect(written).toEqual(['dist/node-types.json', 'package.json'])
  expect(removed).toContain('dist/colander/colander.js')
  expect(await readdir(join(made.nodesDir, 'dist'))).toEqual(['node-types.json', 'operations.json', 'sieve'])
})

test('everything that is wrong is listed at once, and nothing is written', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/colander', 'sieve')
  await writeNode(made, 'kitchen/sieve')
  await rm(join(made.nodesDir, 'kitchen/colander/locales/fr.json'))
  await made.write(
    'kitchen/sieve/locales/pt-BR.json',
    JSON.stringify({ label: 'a', paletteLabel: 'b', properties: { depth: { label: 'Depth' } } }),
  )
  await made.write('kitchen/whisk/node.ts', 'export const whisk = 1\n')
  await made.write('kitchen/spoon/node.ts', "import './nowhere.ts'\n")
  await made.write('kitchen/sieve/editor.ts', 'const nothing = 1\n')
  await made.write('kitchen/sieve/editor.html', '<script>alert(1)</script>')

  const { problems } = await buildNodes(made.nodesDir)

  expect(problems.map(({ where, what }) => `${where}: ${what.split('\n')[0] ?? ''}`).toSorted()).toEqual([
    'kitchen/colander/locales/fr: .json missing',
    'kitchen/sieve/editor.html: is markup only: code belongs in editor.ts',
    'kitchen/sieve/editor.ts: it exports nothing',
    'kitchen/sieve/locales/pt-BR.json: outputs["fine"] is missing',
    'kitchen/sieve/locales/pt-BR.json: properties.depth is no property of the node',
    'kitchen/sieve/locales/pt-BR.json: properties.mesh has no label',
    'kitchen/sieve: the type sieve belongs to kitchen/colander already',
    expect.stringContaining('kitchen/spoon/node.ts: '),
    'kitchen/whisk/node.ts: default: must be the default export, made by defineNode',
  ])
  expect(await readdir(made.nodesDir)).not.toContain('dist')
})

test('the command ends with 1 and the list when something is wrong', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')
  await rm(join(made.nodesDir, 'kitchen/sieve/locales/fr.html'))

  const failure: unknown = await run(process.execPath, [script, made.nodesDir]).catch(
    (error: unknown) => error,
  )

  expect(failure).toHaveProperty('code', 1)
  expect(String(failure)).toContain('kitchen/sieve/locales/fr: .html missing')
})

const severalMs = 20_000

test(
  'several builds at once leave one whole result',
  async () => {
    await using made = await nodePackage()
    for (const type of ['sieve', 'colander', 'whisk']) await writeNode(made, `kitchen/${type}`, type)

    await Promise.all([1, 2, 3].map(() => run(process.execPath, [script, made.nodesDir])))

    expect(await buildNodes(made.nodesDir)).toMatchObject({ problems: [], written: [], removed: [] })
    expect((await filesBelow(made.nodesDir)).filter((file) => file.endsWith('.tmp'))).toEqual([])
  },
  severalMs,
)

test('a category that no domain describes is called by its name', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')
  await buildNodes(made.nodesDir)
  const read = await readFile(join(made.nodesDir, 'dist/sieve/locales/fr/sieve.json'), 'utf8')
  expect(JSON.parse(read)).toMatchObject({ palette: { label: { fleetloom_kitchen: 'kitchen' } } })
})

test('a palette entry that is not as it should be is a problem, and nothing is written', async () => {
  await using made = await nodePackage()
  await writeNode(made, 'kitchen/sieve')
  await made.write('kitchen/palette.json', '{ "colour": "red" }')
  const { problems, written } = await buildNodes(made.nodesDir)
  expect(problems).toMatchObject([{ where: 'kitchen/palette.json' }])
  expect(written).toEqual([])
})

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildNodes } from './build-nodes.ts'
import { discoverNodes } from './discover.ts'
import { formatProblems } from './problem.ts'
import { buildWidgets } from './bundle-widgets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const nodesDir = join(root, 'nodes')

/**
 * Writes the package as it is published: in plain JavaScript with the types beside it, since Node strips none below
 * `node_modules`.
 * @param outDir empty, not there, or what this has written before
 */
export async function emitPackage(outDir: string): Promise<void> {
  await makeRoom(outDir)
  const { problems } = await buildNodes(nodesDir)
  if (problems.length > 0) throw new Error(`the nodes were not built:\n${formatProblems(problems)}`)
  const { nodes } = await discoverNodes(nodesDir)
  await compile(
    nodes.map(({ directory }) => join(directory, 'node.ts')),
    join(outDir, 'lib'),
  )
  await buildWidgets(nodesDir)
  for (const part of ['dist', 'examples', 'resources'])
    await cp(join(nodesDir, part), join(outDir, part), { recursive: true })
  for (const { path, definition } of nodes) {
    const entry = join(outDir, 'dist', definition.type, `${definition.type}.js`)
    await writeFile(entry, `export { default } from '../../lib/${path}/node.js'\n`)
  }
  await cp(join(root, 'LICENSE'), join(outDir, 'LICENSE'))
  await cp(join(nodesDir, 'README.md'), join(outDir, 'README.md'))
  await writeFile(join(outDir, 'package.json'), await readFile(join(nodesDir, 'package.json'), 'utf8'))
}

async function makeRoom(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true })
  const known = new Set(['LICENSE', 'README.md', 'dist', 'examples', 'lib', 'package.json', 'resources'])
  const found = await readdir(outDir)
  const foreign = found.filter((name) => !known.has(name))
  const isOurs = found.length === 0 || (found.includes('lib') && found.includes('dist'))
  if (foreign.length > 0 || !isOurs)
    throw new Error(`${outDir} has something else in it (${found.join(', ')}): give an empty folder`)
  for (const name of found) await rm(join(outDir, name), { recursive: true })
}

/** Compiles the files and all that they import, and nothing else. */
async function compile(files: readonly string[], outDir: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fleetloom-emit-'))
  const project = join(directory, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    outDir,
    rootDir: nodesDir,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  await writeFile(
    project,
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [] }),
  )
  try {
    await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', project])
  } finally {
    await rm(directory, { recursive: true })
  }
}

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { languages } from './languages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface NodePackage extends AsyncDisposable {
  readonly nodesDir: string
  write(path: string, text: string): Promise<void>
}

/** A node package of its own, which may import this repository's `nodes/platform` as `#platform/…`. */
export async function nodePackage(): Promise<NodePackage> {
  const directory = await mkdtemp(join(tmpdir(), 'fleetloom-build-'))
  const nodesDir = join(directory, 'nodes')
  await mkdir(nodesDir)
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(nodesDir, path)), { recursive: true })
    await writeFile(join(nodesDir, path), text)
  }
  await symlink(join(root, 'nodes/platform'), join(nodesDir, 'platform'))
  await write('package.json', '{ "name": "some-nodes", "type": "module", "keywords": ["node-red"] }')
  return { nodesDir, write, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

/** A complete node folder with one property and one output. */
export async function writeNode(made: NodePackage, folder: string, type = 'sieve'): Promise<void> {
  await made.write(
    `${folder}/node.ts`,
    `import { z } from 'zod'
import { defineNode } from '../../platform/kit/define-node.ts'
import { defineConfig } from '../../platform/kit/node-config.ts'
import { anyMessage, defineMessage } from '../../platform/kit/message-type.ts'
export default defineNode({
  type: '${type}',
  category: 'kitchen',
  icon: 'font-awesome/fa-filter',
  config: defineConfig(z.object({ mesh: z.coerce.number().min(0).default(3) })),
  input: anyMessage,
  outputs: [{ label: 'fine', message: defineMessage('grain', z.object({ size: z.number() })) }],
  start: () => ({ process: (items) => [items] }),
})
`,
  )
  for (const language of languages) {
    await made.write(
      `${folder}/locales/${language}.json`,
      JSON.stringify({
        label: 'sieve',
        paletteLabel: 'sieve',
        properties: { mesh: { label: `Mesh ${language}`, hint: 'Width of a <hole>' } },
        outputs: { fine: `fine ${language}` },
      }),
    )
    await made.write(
      `${folder}/locales/${language}.html`,
      '<p>Sieves.</p>\n<h3>Details</h3>\n<p>By size.</p>\n',
    )
  }
}

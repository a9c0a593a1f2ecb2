import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { buildNodes } from './build-nodes.ts'
import { nodePackage } from './package.fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const runMs = 60_000

/** A block of the page whose opening line names the file that it is. */
const fileBlock = /^```\w+ nodes\/(?<path>\S+)\n(?<text>[^]*?)^```$/gm

test(
  'the files of the how-to page make a node that builds and whose tests pass',
  async () => {
    await using made = await nodePackage()
    const page = await readFile(join(root, 'docs/how-to/add-a-node.md'), 'utf8')
    const blocks = [...page.matchAll(fileBlock)]
    for (const { groups } of blocks) await made.write(groups?.['path'] ?? '', groups?.['text'] ?? '')
    await mkdir(join(made.nodesDir, 'telemetry'), { recursive: true })
    await symlink(join(root, 'nodes/telemetry/reading.ts'), join(made.nodesDir, 'telemetry/reading.ts'))

    expect(await buildNodes(made.nodesDir)).toMatchObject({ problems: [], types: ['dead-band'] })
    const vitest = join(root, 'node_modules/.bin/vitest')
    const args = ['run', '--root', made.nodesDir, '--reporter=json', 'telemetry/dead-band']
    const { stdout } = await promisify(execFile)(vitest, args)

    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({ success: true, numPassedTests: 2 })
  },
  runMs,
)

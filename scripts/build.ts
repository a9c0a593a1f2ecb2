/** Builds the node package: `node scripts/build.ts [directory]`. Does nothing when nothing has changed. */
import { fileURLToPath } from 'node:url'
import { buildNodes } from './build/build-nodes.ts'
import { formatProblems } from './build/problem.ts'

const [nodesDir = fileURLToPath(new URL('../nodes', import.meta.url))] = process.argv.slice(2)
const { problems, types, written, removed } = await buildNodes(nodesDir)

if (problems.length > 0) {
  process.stderr.write(`The nodes were not built. To mend below nodes/:\n${formatProblems(problems)}`)
  process.exitCode = 1
} else if (written.length + removed.length > 0) {
  process.stdout.write(
    `${types.length} node types: ${written.length} files written, ${removed.length} removed\n`,
  )
}

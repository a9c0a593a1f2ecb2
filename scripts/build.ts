/**
 * Builds the node package: `node scripts/build.ts [directory]`. Does nothing when nothing has changed.
 * `node scripts/build.ts package [folder]` makes of it what is published, for `npm pack`.
 */
import { fileURLToPath } from 'node:url'
import { buildNodes } from './build/build-nodes.ts'
import { clientRoutes } from './build/client-routes.ts'
import { emitPackage } from './build/emit-package.ts'
import { scanOperations } from './build/operations.ts'
import { formatProblems } from './build/problem.ts'
import { buildApp } from './build/bundle-app.ts'
import { buildWidgets } from './build/bundle-widgets.ts'
import { writeChanged } from './build/write-output.ts'

const ownPath = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

async function build(nodesDir: string): Promise<void> {
  const { problems, types, written, removed } = await buildNodes(nodesDir)
  if (problems.length > 0) {
    process.stderr.write(`The nodes were not built. To mend below nodes/:\n${formatProblems(problems)}`)
    process.exitCode = 1
  } else if (written.length + removed.length > 0) {
    process.stdout.write(
      `${types.length} node types: ${written.length} files written, ${removed.length} removed\n`,
    )
  }
}

/** What is made of the nodes for programs that use the API, and what of it runs in the browser. */
async function buildClient(): Promise<void> {
  const { operations } = await scanOperations(ownPath('../nodes'))
  await writeChanged(ownPath('../client/generated/operations.ts'), clientRoutes(operations))
  if (await buildWidgets(ownPath('../nodes'))) process.stdout.write('The widgets were bundled\n')
  if (await buildApp(ownPath('../dashboards/app'), ownPath('../nodes/resources')))
    process.stdout.write('The customers’ page was bundled\n')
}

const [first = ownPath('../nodes'), folder = ownPath('../package')] = process.argv.slice(2)
if (first === 'package') {
  await emitPackage(folder)
  process.stdout.write(`The package is in ${folder}: npm pack ${folder}\n`)
} else {
  await build(first)
  if (first === ownPath('../nodes') && process.exitCode === undefined) await buildClient()
}

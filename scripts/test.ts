import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { audit, tallyOfAudit } from './audit.ts'
import { readReport, summarize, type Tally } from './test-report.ts'

/**
 * `npm test`, and with `--check` all but what needs foreign servers or several processes. Every step runs, so that one
 * run shows everything that is wrong; the last line is the count.
 */
const isCheck = process.argv.includes('--check')
const bin = (name: string): string => path.join(import.meta.dirname, '../node_modules/.bin', name)

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['build', process.execPath, ['scripts/build.ts']],
  ['format', bin('oxfmt'), ['--check', '.']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings']],
  ['types', bin('tsc'), ['--noEmit']],
  ['types of components', process.execPath, ['dashboards/check-types.ts']],
  ['flows lint', process.execPath, ['settings/cli.ts', 'flows', 'lint']],
]

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: 'inherit' })
      .on('error', reject)
      .on('exit', (code) => resolve(code ?? 1))
  })
}

async function runVitest(config: string, folder: string): Promise<Tally> {
  const report = path.join(folder, `${path.basename(config)}.json`)
  const code = await run(bin('vitest'), [
    'run',
    `--config=${config}`,
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  return readReport(report, config, code)
}

const folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-test-'))
const tallies: Tally[] = []
for (const [name, command, args] of steps) {
  process.stdout.write(`\n── ${name}\n`)
  const code = await run(command, args)
  tallies.push({ passed: code === 0 ? 1 : 0, failures: code === 0 ? [] : [name], skipped: [] })
}
process.stdout.write('\n── audit of packages\n')
tallies.push(tallyOfAudit(await audit(), process.env['CI'] !== undefined))
process.stdout.write('\n── unit and contract tests\n')
tallies.push(await runVitest('vitest.config.ts', folder))
if (!isCheck) {
  process.stdout.write("\n── adapters on engines of one's own\n")
  tallies.push(await runVitest('vitest.engines.config.ts', folder))
  process.stdout.write('\n── system tests\n')
  tallies.push(await runVitest('vitest.system.config.ts', folder))
}
await rm(folder, { recursive: true })
const { text, isGood } = summarize(tallies)
process.stdout.write(`\n${text}\n`)
process.exitCode = isGood ? 0 : 1

import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** What one step came to. Skipped tests are named with their reason, so that nothing is left out silently. */
export interface Tally {
  readonly passed: number
  readonly failures: readonly string[]
  readonly skipped: readonly string[]
}

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

/** Reads vitest's JSON report; a run that ended badly without naming a failure counts as one. */
export async function readReport(file: string, what: string, exitCode: number): Promise<Tally> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { passed: 0, failures: [`${what}: ended without a report`], skipped: [] }
  return tallyOf(JSON.parse(text), what, exitCode)
}

export function tallyOf(report: unknown, what: string, exitCode: number): Tally {
  const { testResults } = reportSchema.parse(report)
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failures = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
  for (const { name, status, message, assertionResults } of testResults) {
    const hasNamed = assertionResults.some((test) => test.status === 'failed')
    if (status === 'failed' && !hasNamed) failures.push(`${name}: ${message ?? 'failed to run'}`)
  }
  if (exitCode !== 0 && failures.length === 0) failures.push(`${what}: ended with exit code ${exitCode}`)
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failures,
    skipped: tests
      .filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo')
      .map(({ fullName }) => fullName),
  }
}

/** The lists of what failed and what was skipped, and the count as the last line. */
export function summarize(tallies: readonly Tally[]): { readonly text: string; readonly isGood: boolean } {
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
  const failures = tallies.flatMap((tally) => tally.failures)
  const skipped = tallies.flatMap((tally) => tally.skipped)
  const lines = [
    ...failures.map((name) => `failed: ${name}`),
    ...skipped.map((name) => `skipped: ${name}`),
    `${passed} passed, ${failures.length} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`,
  ]
  return { text: lines.join('\n'), isGood: failures.length === 0 && passed > 0 }
}

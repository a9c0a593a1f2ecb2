import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Exception, exceptionsSchema, judgeAudit, type Verdict } from './audit-report.ts'
import type { Tally } from './test-report.ts'

const projectDir = path.join(import.meta.dirname, '..')
const maxMs = 60_000

export interface AuditOptions {
  /** Of the packages; the one that npm is set up with when absent. */
  readonly registry?: string
  /** Those of `audit-exceptions.json` when absent. */
  readonly exceptions?: readonly Exception[]
}

/** Asks the registry what is known to be wrong with the packages of the lock. */
export async function audit({ registry, exceptions }: AuditOptions = {}): Promise<Verdict> {
  const from = registry === undefined ? [] : [`--registry=${registry}`]
  return judgeAudit(
    parsed(await outputOf(['audit', '--json', '--package-lock-only', '--fetch-retries=0', ...from])),
    exceptions ?? (await readExceptions()),
    new Date().toISOString().slice(0, 10),
  )
}

async function readExceptions(): Promise<readonly Exception[]> {
  const text = await readFile(path.join(import.meta.dirname, 'audit-exceptions.json'), 'utf8')
  return exceptionsSchema.parse(JSON.parse(text))
}

/** An audit that could not be made is named with those that were skipped; in CI it fails, unless the registry has none. */
export function tallyOfAudit(verdict: Verdict, isCi: boolean): Tally {
  if (verdict.kind === 'audited')
    return {
      passed: verdict.findings.length === 0 ? 1 : 0,
      failures: verdict.findings.map((finding) => `audit of packages: ${finding}`),
      skipped: [],
    }
  const { hasAudit, why } = verdict
  const text = `audit of packages: ${why}`
  return hasAudit && isCi
    ? { passed: 0, failures: [text], skipped: [] }
    : { passed: 0, failures: [], skipped: [text] }
}

/** Its exit code says only that something was found, which the output says as well. */
function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd: projectDir, stdio: ['ignore', 'pipe', 'ignore'], timeout: maxMs })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    child.on('error', reject).on('close', () => resolve(text))
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

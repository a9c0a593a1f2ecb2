import { spawn } from 'node:child_process'
import path from 'node:path'

export interface Ran {
  readonly code: number | null
  /** What it said, on both outputs. */
  readonly text: string
}

/** `npm run fleetloom -- …`, without npm. */
export function fleetloom(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  /** What is typed. */
  input = '',
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['settings/cli.ts', ...words], {
      cwd: path.join(import.meta.dirname, '../..'),
      env: { PATH: process.env['PATH'], ...environment },
    })
    child.stdin.end(input)
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text }))
  })
}

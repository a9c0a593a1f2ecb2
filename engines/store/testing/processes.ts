/** Temporary stores and child processes for the tests of the SQLite adapter. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FIXTURE = join(import.meta.dirname, 'child.fixture.ts')

export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'fleetloom-store-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export interface Child {
  readonly process: ChildProcess
  /** The complete lines said so far. */
  readonly lines: () => readonly string[]
  /** Resolves when it has said so many lines. */
  readonly said: (count: number) => Promise<void>
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

export function startChild(directory: string, task: string, times = 0): Child {
  const child = spawn(process.execPath, [FIXTURE, directory, task, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const lines = (): readonly string[] => output.split('\n').slice(0, -1)
  const said = async (count: number): Promise<void> => {
    while (lines().length < count) await once(child.stdout, 'data')
  }
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    return typeof code === 'number' ? code : String(signal)
  })
  return { process: child, lines, said, ended }
}

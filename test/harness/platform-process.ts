import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'

const projectDir = path.join(import.meta.dirname, '../..')
const keptLogChars = 60_000
/** What it said last is read after its end. */
const heardOutMs = 2000

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** One run of `settings/main.js`, with what it said. */
export class PlatformProcess {
  readonly #child: ChildProcess
  /** Once it has ended and all that it said is in {@link log}. */
  readonly exited: Promise<Exit>
  #log = ''
  #stderr = ''

  /** @param wrap a command that starts the rest of its arguments, such as `['bash', '-c', 'ulimit …; exec "$@"', '-']` */
  constructor(environment: Readonly<Record<string, string>>, wrap: readonly string[] = []) {
    const [command, ...before] = wrap
    const script = 'settings/main.js'
    const args = command === undefined ? [script] : [...before, process.execPath, script]
    this.#child = spawn(command ?? process.execPath, args, {
      cwd: projectDir,
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(this.#child)
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code, signal) => {
        running.delete(this.#child)
        // A process that it has started may hold its outputs open for longer than it lives.
        const enough = setTimeout(resolve, heardOutMs, { code, signal })
        this.#child.once('close', () => {
          clearTimeout(enough)
          resolve({ code, signal })
        })
      })
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#keep(chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString()
      this.#keep(chunk.toString())
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The last of what it wrote, on both outputs. */
  get log(): string {
    return this.#log
  }

  get stderr(): string {
    return this.#stderr
  }

  async kill(signal: NodeJS.Signals): Promise<Exit> {
    if (!this.hasExited) this.#child.kill(signal)
    return this.exited
  }

  #keep(text: string): void {
    this.#log = (this.#log + text).slice(-keptLogChars)
  }
}

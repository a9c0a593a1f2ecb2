/** A real Mosquitto for tests, on a port and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../../nodes/platform/testing/free-port.fixture.ts'

const executable = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(
  (file) => existsSync(file),
)
/** In CI a missing Mosquitto fails, when it cannot be started. */
export const mosquittoIsMissing = executable === undefined && process.env['CI'] === undefined

/** What `docs/how-to/use-your-own-broker.md` asks of a Mosquitto. */
const recommended = ['persistence true', 'max_queued_messages 0', 'max_inflight_messages 0']

export interface MosquittoFiles {
  /** Who may do what; everybody everything when absent. */
  readonly access?: {
    /** Lines of the password file: `passwordLine(user, password)`. */
    readonly passwords: readonly string[]
    readonly acl: string
  }
  readonly extra?: string
}

export const passwordLine = (user: string, password: string): string => {
  const salt = randomBytes(12)
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512')
  return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}`
}

export class Mosquitto {
  readonly port: number
  readonly folder: string
  #process: ChildProcess | undefined
  #log = ''

  private constructor(port: number, folder: string) {
    this.port = port
    this.folder = folder
  }

  static async start(files: MosquittoFiles = {}): Promise<Mosquitto> {
    const folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-mosquitto-'))
    const mosquitto = new Mosquitto(await freePort(), folder)
    await mosquitto.configure(files)
    await mosquitto.run()
    return mosquitto
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`
  }

  /** What it has logged so far, for a failing test. */
  get log(): string {
    return this.#log
  }

  async configure({ access, extra = '' }: MosquittoFiles): Promise<void> {
    const file = (name: string): string => path.join(this.folder, name)
    const config = [`listener ${this.port} 127.0.0.1`, ...recommended, `persistence_location ${this.folder}/`]
    if (process.getuid?.() === 0) config.push('user root')
    if (access === undefined) config.push('allow_anonymous true')
    else {
      config.push('allow_anonymous false', `password_file ${file('passwords')}`, `acl_file ${file('acl')}`)
      await writeFile(file('passwords'), `${access.passwords.join('\n')}\n`, { mode: 0o600 })
      await writeFile(file('acl'), access.acl, { mode: 0o600 })
    }
    await writeFile(file('mosquitto.conf'), `${[...config, extra].join('\n')}\n`)
  }

  async run(): Promise<void> {
    if (executable === undefined) throw new Error('there is no mosquitto: apt-get install mosquitto')
    const started = spawn(executable, ['-c', path.join(this.folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = started
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#log += text))
    }
    while (!(await accepts(this.port))) {
      if (started.exitCode !== null) throw new Error(`mosquitto ended: ${this.#log}`)
      await delay(20)
    }
  }

  /** SIGHUP: reads the password and the ACL file again. */
  reload(): void {
    this.#process?.kill('SIGHUP')
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined || running.exitCode !== null) return
    const exit = once(running, 'exit')
    running.kill(signal)
    await exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../nodes/platform/testing/free-port.fixture.ts'

/** Another one than is on the PATH, a newer Redis or a Valkey. */
const program = process.env['TEST_REDIS_SERVER'] ?? 'redis-server'
const version = /v=(\d+)\.(\d+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')
const isInstalled = version !== null

/** In CI a missing server fails, when it cannot be started. */
export const isRedisMissing = !isInstalled && process.env['CI'] === undefined

/** WAITAOF came with 7.2. */
export const isRedisOld = Number(version?.[1]) < 7 || (version?.[1] === '7' && Number(version[2]) < 2)

/** A redis-server of a test's own, in a folder of its own, which outlives the server. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Where it keeps its files. */
  readonly folder: string
  /** Ends the server and waits for that. SIGKILL loses nothing that was synced. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>
  /** Starts it again with what it has kept. */
  readonly start: (more?: readonly string[]) => Promise<void>
  /** SIGSTOP and SIGCONT: a server that is alive and says nothing. */
  readonly freeze: () => void
  readonly thaw: () => void
}

/** Durable by default: append-only, synced before it answers. `settings` are options of the command line. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetloom-redis-'))
  const port = await freePort()
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
  let running: ChildProcess | undefined
  const start = async (more: readonly string[] = []): Promise<void> => {
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    const server = spawn(program, [...place, ...durable, ...settings, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running = server
    const said: string[] = []
    for await (const line of createInterface(server.stdout)) {
      said.push(line)
      if (!line.includes('Ready to accept connections')) continue
      server.stdout.resume()
      return
    }
    throw new Error(`redis-server did not start:\n${said.join('\n')}`)
  }
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const server = running
    running = undefined
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    kill,
    start,
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true })
    },
  }
}

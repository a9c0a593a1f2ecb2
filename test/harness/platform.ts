import { cpSync } from 'node:fs'
import path from 'node:path'
import { ApiClient } from './api-client.ts'
import { freePort } from '../../nodes/platform/testing/free-port.fixture.ts'
import { type Exit, PlatformProcess } from './platform-process.ts'
import { makeTempDir, removeTempDir } from './temp-dir.ts'
import { until } from './until.ts'

export const adminPassword = 'correct-horse-battery'

export interface PlatformOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Where the data goes; a folder of its own when absent, removed at the end. */
  readonly dataDir?: string
  /** Called with the copy of `flows/` before the first start. */
  readonly prepareFlows?: (flowsDir: string) => void
  /** See {@link PlatformProcess}. */
  readonly wrap?: readonly string[]
}

/** A platform as `npm start` runs it, in a process of its own, on ports and files of its own. */
export class TestPlatform {
  readonly port: number
  readonly mqttPort: number
  readonly dataDir: string
  readonly flowsDir: string
  readonly api: ApiClient
  readonly #home: string
  readonly #options: PlatformOptions
  #process: PlatformProcess | undefined
  #earlierLog = ''

  private constructor(ports: readonly [number, number], home: string, options: PlatformOptions) {
    ;[this.port, this.mqttPort] = ports
    this.#home = home
    this.#options = options
    this.dataDir = options.dataDir ?? path.join(home, 'data')
    this.flowsDir = path.join(home, 'flows')
    this.api = new ApiClient(this.url, { email: 'admin@fleetloom.local', password: adminPassword })
  }

  /** Not started yet. */
  static async prepare(options: PlatformOptions = {}): Promise<TestPlatform> {
    const ports = [await freePort(), await freePort()] as const
    const platform = new TestPlatform(ports, makeTempDir('system'), options)
    cpSync(path.join(import.meta.dirname, '../../flows'), platform.flowsDir, { recursive: true })
    options.prepareFlows?.(platform.flowsDir)
    return platform
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get process(): PlatformProcess {
    if (this.#process === undefined) throw new Error('the platform was not started')
    return this.#process
  }

  /** What all runs have said, the last of it. */
  get log(): string {
    return this.#earlierLog + (this.#process?.log ?? '')
  }

  /** Resolves with the milliseconds from the start to `/readyz` 200. */
  async start(): Promise<number> {
    this.#earlierLog = this.log.slice(-60_000)
    const startedMs = performance.now()
    const started = new PlatformProcess(
      {
        PORT: String(this.port),
        MQTT_PORT: String(this.mqttPort),
        DATA_DIR: this.dataDir,
        FLOWS_DIR: this.flowsDir,
        ADMIN_PASSWORD: adminPassword,
        DEMO: 'off',
        LOG_LEVEL: 'warn',
        ...this.#options.environment,
      },
      this.#options.wrap,
    )
    this.#process = started
    await until(
      'GET /readyz answers 200',
      async () => {
        if (started.hasExited) {
          const { code, signal } = await started.exited
          throw new Error(`the platform ended while starting (${signal ?? code})`)
        }
        return (await this.#isReady()) ? true : undefined
      },
      { seconds: 60, everyMs: 20 },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${started.log}`, { cause: error })
    })
    return performance.now() - startedMs
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    return this.process.kill(signal)
  }

  /** SIGTERM, waited for, and started again on the same data and ports. */
  async restart(): Promise<number> {
    await this.kill('SIGTERM')
    return this.start()
  }

  async dispose(): Promise<void> {
    if (this.#process !== undefined) await this.#process.kill('SIGKILL')
    removeTempDir(this.#home)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** A figure of `/metrics` without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  }

  async #isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/readyz`)
      await answer.arrayBuffer()
      return answer.status === 200
    } catch {
      return false
    }
  }
}

export async function startPlatform(options: PlatformOptions = {}): Promise<TestPlatform> {
  const platform = await TestPlatform.prepare(options)
  try {
    await platform.start()
  } catch (error) {
    await platform.dispose()
    throw error
  }
  return platform
}

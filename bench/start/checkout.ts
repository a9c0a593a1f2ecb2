import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { execPath } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { openSqliteStore } from '../../engines/store/sqlite.ts'
import type { dueAt } from '../../nodes/platform/kit/jobs/job.ts'
import type { timerCollection } from '../../nodes/platform/kit/jobs/timers.ts'
import { freePort } from '../../nodes/platform/testing/free-port.fixture.ts'
import { type Child, serverCore, serverFlags, startNode } from '../ingest/targets/child.ts'
import { registerFleet } from '../ingest/targets/platform-api.ts'
import { startFlags } from '../ingest/targets/platform.ts'
import { parsePrometheus } from '../ingest/targets/prometheus.ts'
import { deviceIds } from '../ingest/targets/target.ts'

/** What is there when it starts. */
export interface Content {
  readonly devices: number
  /** Of devices, and none due within the hour. */
  readonly timers: number
}

export interface Started {
  /** From the start of the process to the first 200 of `/readyz`. */
  readonly readyMs: number
  /** Of the whole process until then. */
  readonly cpuMs: number
  readonly rssMb: number
}

const email = 'admin@fleetloom.local'
const readySeconds = 120
const askEveryMs = 10
const timersAtOnce = 10_000

/** A checkout of the project with data of its own, so that each finds what it has written itself. */
export class Checkout {
  readonly name: string
  readonly #root: string
  readonly #dataDir: string
  readonly #password = randomUUID()

  constructor(name: string, root: string, dataDir: string) {
    this.name = name
    this.#root = root
    this.#dataDir = dataDir
  }

  /** Its first start, which is not measured, and all that it is to find at the others. */
  async fill({ devices, timers }: Content): Promise<void> {
    const built = spawnSync(execPath, ['scripts/build.ts'], { cwd: this.#root, encoding: 'utf8' })
    if (built.status !== 0) throw new Error(`${this.name} was not built:\n${built.stderr.slice(-2000)}`)
    await this.#whileRunning(async (base) => {
      if (devices > 0) await registerFleet(base, { email, password: this.#password }, deviceIds(devices), 1)
    })
    if (timers > 0) await this.#addTimers(timers)
  }

  /** Starts it once, and ends it. */
  start(): Promise<Started> {
    return this.#whileRunning(async (base, readyMs) => {
      const samples = parsePrometheus(await (await fetch(`${base}/metrics`)).text())
      return {
        readyMs,
        cpuMs: (samples.get('process_cpu_seconds_total') ?? Number.NaN) * 1000,
        rssMb: (samples.get('process_resident_memory_bytes') ?? Number.NaN) / 1024 / 1024,
      }
    })
  }

  async #whileRunning<T>(use: (base: string, readyMs: number) => Promise<T>): Promise<T> {
    const [port, mqttPort] = await Promise.all([freePort(), freePort()])
    const base = `http://127.0.0.1:${port}`
    const startedMs = performance.now()
    const child = startNode([...startFlags, ...serverFlags(), this.#entry()], {
      core: serverCore,
      cwd: this.#root,
      env: {
        PORT: String(port),
        MQTT_PORT: String(mqttPort),
        DATA_DIR: this.#dataDir,
        DEMO: 'off',
        ADMIN_PASSWORD: this.#password,
        LOG_LEVEL: 'warn',
      },
    })
    try {
      await this.#ready(base, child)
      return await use(base, performance.now() - startedMs)
    } finally {
      await child.stop()
    }
  }

  /** A checkout of before may begin with another file. */
  #entry(): string {
    const entries = ['settings/main.js', 'settings/main.ts']
    return entries.find((entry) => existsSync(path.join(this.#root, entry))) ?? 'settings/main.js'
  }

  async #ready(base: string, child: Child): Promise<void> {
    const untilMs = performance.now() + readySeconds * 1000
    for (;;) {
      const response = await fetch(`${base}/readyz`).catch(() => undefined)
      if (response?.status === 200) return
      if (child.process.exitCode !== null || performance.now() > untilMs)
        throw new Error(`${this.name} did not start:\n${child.lastOutput()}`)
      await delay(askEveryMs)
    }
  }

  /** By its own modules, as it may keep them in another way. */
  async #addTimers(count: number): Promise<void> {
    const modules = modulesSchema.parse({
      ...(await this.#module('engines/store/sqlite.ts')),
      ...(await this.#module('nodes/platform/kit/jobs/job.ts')),
      ...(await this.#module('nodes/platform/kit/jobs/timers.ts')),
    })
    const directory = path.join(this.#dataDir, 'store')
    const store = await modules.openSqliteStore({ directory, maxWaitingWrites: 2 * timersAtOnce })
    const timers = store.organization('bench').collection(modules.timerCollection)
    const laterMs = Date.now() + 3_600_000
    for (let at = 0; at < count; at += timersAtOnce)
      await Promise.all(
        Array.from({ length: Math.min(timersAtOnce, count - at) }, (_, n) =>
          timers.insert({ id: `t${at + n}`, kind: 'bench', data: null, ...modules.dueAt(laterMs + at + n) }),
        ),
      )
    await store.close()
  }

  async #module(file: string): Promise<Readonly<Record<string, unknown>>> {
    const loaded: Readonly<Record<string, unknown>> = await import(
      pathToFileURL(path.join(this.#root, file)).href
    )
    return loaded
  }
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const modulesSchema = z.object({
  openSqliteStore: z.custom<typeof openSqliteStore>(isFunction),
  dueAt: z.custom<typeof dueAt>(isFunction),
  timerCollection: z.custom<typeof timerCollection>((value) => typeof value === 'object' && value !== null),
})

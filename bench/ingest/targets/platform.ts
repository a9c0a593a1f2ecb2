import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { ageBoundsMs } from '../age-histogram.ts'
import { serverCore, serverFlags, startNode } from './child.ts'
import type { Child } from './child.ts'
import { type Create, registerFleet } from './platform-api.ts'
import { parsePrometheus } from './prometheus.ts'
import { deviceIds } from './target.ts'
import type { Fleet, RunningTarget, Stats, Target } from './target.ts'
import { makeTempDir, removeTempDir } from './temp-dir.ts'
import { freePort } from '../../../nodes/platform/testing/free-port.fixture.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const readySeconds = 60
/** Those of `npm start`. */
export const startFlags = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=20',
  '--no-allocation-site-pretenuring',
]
const email = 'admin@fleetloom.local'

/** The platform as `npm start` runs it, known only by its public interface. */
export const platform: Target = { key: 'a', name: 'platform', start: (fleet) => startPlatform(fleet) }

/**
 * @param environment settings beside the bench's own, such as the engines to run on
 * @param prepare what is there besides the fleet, before it begins
 */
export async function startPlatform(
  fleet: Fleet,
  environment: Readonly<Record<string, string>> = {},
  prepare?: (create: Create) => Promise<void>,
): Promise<RunningTarget> {
  build()
  const { base, mqttPort, password, stats, stop } = await startInstance(environment)
  try {
    const admin = { email, password }
    const devices = await registerFleet(base, admin, deviceIds(fleet.devices), fleet.portPairs, prepare)
    return { mqttPort, devices, stats, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Instance extends Omit<RunningTarget, 'devices'> {
  readonly base: string
  readonly password: string
}

/** One process of the platform, ready; built before. */
export async function startInstance(environment: Readonly<Record<string, string>>): Promise<Instance> {
  const dir = makeTempDir('platform')
  const [port, mqttPort] = await Promise.all([freePort(), freePort()])
  const password = randomUUID()
  const child = startNode([...startFlags, ...serverFlags(), 'settings/main.js'], {
    core: serverCore,
    cwd: root,
    env: {
      PORT: String(port),
      MQTT_PORT: String(mqttPort),
      DATA_DIR: dir,
      DEMO: 'off',
      ADMIN_PASSWORD: password,
      LOG_LEVEL: 'warn',
      ...environment,
    },
  })
  const stop = async (): Promise<void> => {
    await child.stop()
    removeTempDir(dir)
  }
  try {
    const base = `http://127.0.0.1:${port}`
    await waitUntilReady(base, child)
    return { base, mqttPort, password, stats: () => readStats(base), stop }
  } catch (error) {
    await stop()
    throw new Error(`the platform did not start: ${String(error)}\n${child.lastOutput()}`, { cause: error })
  }
}

function build(): void {
  const built = spawnSync(execPath, ['scripts/build.ts'], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`scripts/build.ts failed:\n${built.stderr.slice(-2000)}`)
}

async function waitUntilReady(base: string, child: Child): Promise<void> {
  const until = Date.now() + readySeconds * 1000
  for (;;) {
    const status = await fetch(`${base}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    if (child.process.exitCode !== null) throw new Error(`it ended with code ${child.process.exitCode}`)
    if (Date.now() > until) throw new Error(`/readyz answered ${status} after ${readySeconds} s`)
    const { promise, resolve } = Promise.withResolvers<void>()
    setTimeout(resolve, 100)
    await promise
  }
}

/** The platform observes the age of every 25th reading; the other targets that of each. */
async function readStats(base: string): Promise<Stats> {
  const samples = parsePrometheus(await (await fetch(`${base}/metrics`)).text())
  const bounds = [...ageBoundsMs.map((ms) => String(ms / 1000)), '+Inf']
  const cumulative = bounds.map((bound) => samples.get(`fleetloom_reading_age_seconds_bucket|${bound}`) ?? 0)
  return {
    storedReadings: samples.get('fleetloom_readings_stored_total') ?? 0,
    ages: cumulative.map((count, bucket) => count - (cumulative[bucket - 1] ?? 0)),
    rssBytes: samples.get('process_resident_memory_bytes') ?? 0,
    cpuSeconds: samples.get('process_cpu_seconds_total') ?? 0,
  }
}

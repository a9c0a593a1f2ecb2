import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { basicOf, createOrganization, registerDevice } from './harness/resources.ts'
import { makeTempDir, removeTempDir } from './harness/temp-dir.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const slowSyncMs = 400
const lacking = whatLacks()
if (lacking !== undefined) {
  if (process.env['CI'] !== undefined) throw new Error(`the sync test needs ${lacking}`)
  process.stdout.write(`sync.test.ts is skipped: it needs ${lacking}\n`)
}

describe.skipIf(lacking !== undefined)('an acknowledgment', () => {
  const running = usePlatform()

  it("comes after the stream's log was synced, however long that takes", async () => {
    const platform = running()
    const api = await createOrganization(platform.api, 'sync')
    const device = await registerDevice(api, 'sync-1')
    const client = await connectDevice(platform.mqttPort, device)
    const as = basicOf(device)
    const publish = (): Promise<void> =>
      publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":1}]}')
    const post = async (): Promise<void> => {
      const bytes = '{"readings":[{"port":1,"value":2}]}'
      const { status } = await platform.api.call('POST', `/api/v1/ingest/${device.id}`, { as, bytes })
      expect(status).toBe(202)
    }
    await publish()
    await post()

    const folder = makeTempDir('strace')
    const log = path.join(folder, 'log')
    const strace = await slowDownSyncs(platform.process.pid, log)
    try {
      for (let times = 0; times < 5; times += 1) {
        expect(await durationMs(publish)).toBeGreaterThanOrEqual(slowSyncMs)
        expect(await durationMs(post)).toBeGreaterThanOrEqual(slowSyncMs)
      }
    } finally {
      strace.kill('SIGINT')
      await once(strace, 'exit')
    }
    expect(
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('stream.db-wal')).length,
    ).toBeGreaterThanOrEqual(10)
    expect(await durationMs(publish)).toBeLessThan(slowSyncMs)
    await client.disconnect()
    removeTempDir(folder)
  })
})

/** Attached to the running platform: every fsync and fdatasync begins late, in whatever thread. */
async function slowDownSyncs(pid: number, log: string): Promise<ChildProcess> {
  const delay = `delay_enter=${slowSyncMs}ms`
  const strace = spawn(
    'strace',
    [
      '-f',
      '-y',
      '-o',
      log,
      '-p',
      String(pid),
      '-e',
      'trace=fsync,fdatasync',
      '-e',
      `inject=fsync,fdatasync:${delay}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  strace.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until('strace is attached', () => {
    if (strace.exitCode !== null) throw new Error(`strace: ${said}`)
    return said.includes('attached') ? true : undefined
  })
  return strace
}

async function durationMs(task: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await task()
  return performance.now() - startedMs
}

function whatLacks(): string | undefined {
  if (spawnSync('strace', ['-V']).status !== 0) return 'strace'
  return process.getuid?.() === 0 ? undefined : 'root, to trace a process'
}

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { serverCore, serverFlags, startNode } from './child.ts'
import { makeTempDir, removeTempDir } from './temp-dir.ts'
import { deviceIds, portsOf } from './target.ts'
import type { Fleet, RunningTarget, Stats, Target } from './target.ts'

const readySchema = z.object({ ready: z.literal(true), mqttPort: z.number(), httpPort: z.number() })

const statsSchema = z.object({
  storedReadings: z.number(),
  ageBuckets: z.object({ count: z.array(z.number()) }),
  rssBytes: z.number(),
  cpuSeconds: z.number(),
})

const org = 'bench'
const password = 'bench-password'

/** The servers of this bench: told everything by a registry file, ready with one line, and asked over `/stats`. */
function ownServer(key: Target['key'], name: string, script: string): Target {
  return { key, name, start: (fleet) => start(script, fleet) }
}

async function start(script: string, fleet: Fleet): Promise<RunningTarget> {
  const dir = makeTempDir('bench')
  const passwordSha256 = createHash('sha256').update(password).digest('hex')
  const ids = deviceIds(fleet.devices)
  const registry = join(dir, 'registry.json')
  const ports = portsOf(fleet.portPairs)
  writeFileSync(registry, JSON.stringify({ devices: ids.map((id) => ({ id, org, passwordSha256, ports })) }))
  const child = startNode([...serverFlags(), fileURLToPath(new URL(`../${script}`, import.meta.url))], {
    core: serverCore,
    env: { REGISTRY: registry, DATA_DIR: dir },
  })
  const stop = async (): Promise<void> => {
    await child.stop()
    removeTempDir(dir)
  }
  try {
    const { mqttPort, httpPort } = await child.line(parseReady, 60)
    return {
      mqttPort,
      devices: ids.map((id) => ({ username: id, password, topic: `org/${org}/device/${id}/telemetry` })),
      stats: () => readStats(httpPort),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function parseReady(line: string): z.infer<typeof readySchema> | undefined {
  if (!line.startsWith('{"ready"')) return undefined
  return readySchema.parse(JSON.parse(line))
}

async function readStats(httpPort: number): Promise<Stats> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/stats`)
  const { storedReadings, ageBuckets, rssBytes, cpuSeconds } = statsSchema.parse(await response.json())
  return { storedReadings, ages: ageBuckets.count, rssBytes, cpuSeconds }
}

export const handWritten: Target = ownServer('b', 'hand-written', 'hand-written/server.ts')
export const stock: Target = ownServer('c', 'stock Node-RED', 'stock/server.ts')
export const ackOnly: Target = ownServer('ack', 'acknowledge only', 'ack-only/server.ts')

/** What others feel while somebody sends rubbish through each door, and what it leaves in memory. */
import { spawnSync } from 'node:child_process'
import { execPath } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { connectDevice, publishAndWait } from '../../test/harness/acked-client.ts'
import type { ApiClient } from '../../test/harness/api-client.ts'
import { hostileDoors, type Surroundings } from '../../test/harness/fuzz-sockets.ts'
import { hostileSurroundings } from '../../test/harness/hostile-surroundings.ts'
import { startPlatform, type TestPlatform } from '../../test/harness/platform.ts'
import type { DeviceAccess } from '../../test/harness/resources.ts'
import type { AttackOrder } from './attacker.ts'
import { serverCore, startNode } from '../ingest/targets/child.ts'
import { megabytes, millis, table, whole } from '../ingest/report.ts'

export const about =
  'others while random frames come through every socket: p99 as a ratio to that beside a decoy, memory'
export const usage = `npm run bench -- hostile [--frames N] [--door TEXT]
  --frames N      random frames through each door (default 100000)
  --rate N        frames a second (default 1000)
  --most MS       how long at most through each door, where connections take turns (default 150000)
  --alone MS      how long to measure before each, while the same goes to a server that does nothing (default 20000)
  --door TEXT     only doors whose name has this in it`

const everyMs = 10
const assaultAnswer = z.object({ connections: z.int(), sent: z.int() })
const decoyAnswer = z.object({ url: z.string(), mqttPort: z.int() })
const restMs = 1500

interface Felt {
  readonly publishMs: number[]
  readonly requestMs: number[]
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      frames: { type: 'string', default: '100000' },
      rate: { type: 'string', default: '1000' },
      door: { type: 'string', default: '' },
      most: { type: 'string', default: '150000' },
      alone: { type: 'string', default: '20000' },
    },
  })
  const frames = Number(values.frames)
  const perSecond = Number(values.rate)
  build()
  const platform = await startPlatform()
  const decoy = startNode([fileURLToPath(new URL('decoy.ts', import.meta.url))], { core: serverCore })
  try {
    const aside = await decoy.line((line) => decoyAnswer.safeParse(JSON.parse(line)).data, 10)
    const around = await hostileSurroundings(platform)
    const rows = [
      [
        'door',
        'frames',
        'connections',
        'turned away',
        'publish p99',
        'decoy',
        '×',
        'request p99',
        'decoy',
        '×',
        'memory',
      ],
    ]
    for (const door of hostileDoors(around).filter(({ name }) => name.includes(values.door))) {
      const order = { door: door.name, frames, perSecond, mostMs: Number(values.most) }
      const alone = await feel(platform, around, () =>
        attack({ ...around, ...aside }, { ...order, frames: (Number(values.alone) / 1000) * perSecond }),
      )
      let gone = { connections: 0, sent: 0 }
      const turnedAway = await platform.metric('fleetloom_connections_turned_away')
      const under = await feel(platform, around, async () => {
        gone = await attack(around, order)
      })
      const [p, pa, r, ra] = [under.publishMs, alone.publishMs, under.requestMs, alone.requestMs].map(p99)
      if (p === undefined || pa === undefined || r === undefined || ra === undefined) continue
      const memory = megabytes(await platform.metric('process_resident_memory_bytes'))
      const away = (await platform.metric('fleetloom_connections_turned_away')) - turnedAway
      const row = [
        door.name,
        whole(gone.sent),
        whole(gone.connections),
        whole(away),
        millis(p),
        millis(pa),
        ratio(p, pa),
      ]
      rows.push([...row, millis(r), millis(ra), ratio(r, ra), memory])
      console.log(rows.at(-1)?.join(' | '))
      await pause(restMs)
    }
    console.log(`\n${table(rows)}`)
    if (platform.process.hasExited) throw new Error(`the platform ended:\n${platform.log}`)
  } finally {
    await decoy.stop()
    await platform.dispose()
  }
}

async function attack(
  { memberApi, ...surroundings }: Surroundings,
  order: Omit<AttackOrder, 'around' | 'memberToken'>,
): Promise<z.infer<typeof assaultAnswer>> {
  const { admin, device, member, mqttPort, url } = surroundings
  const around = { admin, device, member, mqttPort, url }
  const workerData: AttackOrder = { ...order, around, memberToken: await memberApi.token() }
  const worker = new Worker(new URL('attacker.ts', import.meta.url), { workerData })
  const [answer]: unknown[] = await once(worker, 'message')
  await worker.terminate()
  return assaultAnswer.parse(answer)
}

/** A device publishes and an app asks, again and again, while something is done. */
async function feel(
  { mqttPort }: TestPlatform,
  { api, bystander }: { readonly api: ApiClient; readonly bystander: DeviceAccess },
  during: () => Promise<unknown>,
): Promise<Felt> {
  const felt: Felt = { publishMs: [], requestMs: [] }
  const client = await connectDevice(mqttPort, bystander)
  const over = new AbortController()
  const again = async (into: number[], act: () => Promise<unknown>): Promise<void> => {
    while (!over.signal.aborted) {
      const startedMs = performance.now()
      await act()
      into.push(performance.now() - startedMs)
      await pause(everyMs)
    }
  }
  const publish = (): Promise<unknown> =>
    publishAndWait(client, bystander.topic, '{"readings":[{"port":1,"value":1}]}')
  const request = (): Promise<unknown> => api.call('GET', `/api/v1/devices/${bystander.id}/latest`)
  const both = Promise.all([again(felt.publishMs, publish), again(felt.requestMs, request)])
  await during()
  over.abort()
  await both
  await client.disconnect()
  return felt
}

const p99 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0

const ratio = (value: number, to: number): string => (value / to).toFixed(2)

function build(): void {
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  const built = spawnSync(execPath, ['scripts/build.ts'], { cwd, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`scripts/build.ts failed:\n${built.stderr.slice(-2000)}`)
}

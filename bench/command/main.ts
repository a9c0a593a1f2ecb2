/** What a command costs, and how long it takes: from the HTTP request to the answer that its acknowledgment is recorded. */
import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectAsync, type MqttClient } from 'mqtt'
import { z } from 'zod'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { startWorker } from '../../test/harness/child-process.ts'
import { startPlatform } from '../../test/harness/platform.ts'
import { createOrganization, registerDevice } from '../../test/harness/resources.ts'

export const about = 'Commands: from the request to the recorded acknowledgment, beside a hand-written server'
export const usage = `  --devices N   connected devices (default 200)
  --rate N      commands a second (default 50)
  --seconds N   for how long (default 10), after as many seconds that warm both up`

/** Options for the platform's Node, such as `--cpu-prof --cpu-prof-dir=/tmp/profile`. */
const flags = process.env['BENCH_SERVER_FLAGS'] ?? ''

interface Target {
  readonly name: string
  readonly mqttUrl: string
  readonly devices: readonly { readonly id: string; readonly password?: string }[]
  readonly headers: Readonly<Record<string, string>>
  readonly urlOf: (deviceId: string) => string
  readonly cpuSeconds: () => Promise<number>
  readonly stop: () => Promise<unknown>
}

interface Load {
  readonly rate: number
  readonly seconds: number
}

const commandSchema = z.object({ commandId: z.string() })
const outcomeSchema = z.object({ command: z.object({ status: z.string() }) })

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { devices: { type: 'string' }, rate: { type: 'string' }, seconds: { type: 'string' } },
  })
  const count = Number(values.devices ?? 200)
  const load = { rate: Number(values.rate ?? 50), seconds: Number(values.seconds ?? 10) }
  console.log(`${count} devices, ${load.rate} commands/s for ${load.seconds} s`)
  const own = await measure(await platform(count), load)
  const byHand = await measure(await handWritten(count), load)
  console.log(`CPU of Fleetloom beside the hand-written server: × ${(own / byHand).toFixed(2)}`)
}

/** CPU seconds for a thousand commands. */
async function measure(target: Target, { rate, seconds }: Load): Promise<number> {
  const clients = await Promise.all(target.devices.map((device) => connect(target, device)))
  const idle = await cpuOver(target, () => delay(3000))
  const tookMs: number[] = []
  let failed = 0
  const total = rate * seconds
  const note = async (n: number): Promise<void> => {
    const ms = await command(target, n)
    if (ms === undefined) failed += 1
    else tookMs.push(ms)
  }
  const load = async (): Promise<void> => {
    const startedMs = performance.now()
    const calls: Promise<void>[] = []
    for (let n = 0; n < total; n += 1) {
      await delay(Math.max(0, startedMs + (n * 1000) / rate - performance.now()))
      calls.push(note(n))
    }
    await Promise.all(calls)
  }
  await load()
  tookMs.length = 0
  failed = 0
  const cpu = await cpuOver(target, load)
  tookMs.sort((a, b) => a - b)
  const at = (share: number): string => (tookMs[Math.floor((tookMs.length - 1) * share)] ?? 0).toFixed(1)
  const perThousand = ((cpu.seconds - idle.rate * cpu.tookSeconds) / total) * 1000
  console.log(
    `${target.name.padEnd(14)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms; ` +
      `${perThousand.toFixed(2)} CPU s for 1,000 commands; ${failed} without acknowledgment`,
  )
  await Promise.all(clients.map((client) => client.endAsync(true)))
  await target.stop()
  return perThousand
}

async function cpuOver(
  { cpuSeconds }: Target,
  work: () => Promise<unknown>,
): Promise<{ readonly seconds: number; readonly tookSeconds: number; readonly rate: number }> {
  const [before, startedMs] = [await cpuSeconds(), performance.now()]
  await work()
  const seconds = (await cpuSeconds()) - before
  const tookSeconds = (performance.now() - startedMs) / 1000
  return { seconds, tookSeconds, rate: seconds / tookSeconds }
}

/** How long it took, unless it was not acknowledged. */
async function command({ devices, headers, urlOf }: Target, n: number): Promise<number | undefined> {
  const startedMs = performance.now()
  const response = await fetch(urlOf(devices[n % devices.length]?.id ?? ''), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', prefer: 'wait=10' },
    body: JSON.stringify({ action: 'setFanSpeed', value: n % 6 }),
  })
  const outcome = outcomeSchema.safeParse(await response.json())
  return outcome.data?.command.status === 'acknowledged' ? performance.now() - startedMs : undefined
}

/** A device that does as it is told. */
async function connect(
  { mqttUrl }: Target,
  { id, password }: Target['devices'][number],
): Promise<MqttClient> {
  const login = password === undefined ? {} : { username: id, password }
  const client = await connectAsync(mqttUrl, { clientId: id, ...login })
  client.on('message', (_, payload) => {
    const { commandId } = commandSchema.parse(JSON.parse(payload.toString()))
    client.publish(`device/${id}/ack`, JSON.stringify({ commandId, status: 'ok' }), { qos: 1 })
  })
  await client.subscribeAsync(`device/${id}/command`, { qos: 1 })
  return client
}

async function platform(count: number): Promise<Target> {
  const running = await startPlatform(flags === '' ? {} : { wrap: ['env', `NODE_OPTIONS=${flags}`] })
  const api = await createOrganization(running.api, 'bench')
  const devices: Target['devices'][number][] = []
  for (let n = 0; n < count; n += 1)
    devices.push(await registerDevice(api, `purifier-${n}`, { classKey: 'air-purifier' }))
  return {
    name: 'Fleetloom',
    mqttUrl: `mqtt://127.0.0.1:${running.mqttPort}`,
    devices,
    headers: {
      authorization: `Bearer ${await api.token()}`,
      'x-organization': api.organization ?? '',
    },
    urlOf: (id) => `${running.url}/api/v1/devices/${id}/commands`,
    async cpuSeconds() {
      const text = await (await fetch(`${running.url}/metrics`)).text()
      return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1])
    },
    async stop() {
      // Ended as an operator does, since a profile is written at the end only.
      await running.kill('SIGTERM')
      await running.dispose()
    },
  }
}

/** A token for the hand-written server. */
function signed(claims: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${head}.${createHmac('sha256', 'secret').update(head).digest('base64url')}`
}

async function handWritten(count: number): Promise<Target> {
  const folder = await temporaryDirectory()
  const worker = await startWorker('../../bench/command/hand-written.ts', [folder.path])
  const [httpPort, mqttPort] = worker.first.split(' ')
  const url = `http://127.0.0.1:${httpPort}`
  return {
    name: 'hand-written',
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    devices: Array.from({ length: count }, (_, n) => ({ id: `purifier-${n}` })),
    headers: { authorization: `Bearer ${signed({ sub: 'ada', exp: Math.ceil(Date.now() / 1000) + 3600 })}` },
    urlOf: (id) => `${url}/devices/${id}/commands`,
    async cpuSeconds() {
      const used = z
        .object({ user: z.number(), system: z.number() })
        .parse(await (await fetch(`${url}/cpu`)).json())
      return (used.user + used.system) / 1e6
    },
    async stop() {
      await worker.kill('SIGKILL')
      await folder.remove()
    },
  }
}

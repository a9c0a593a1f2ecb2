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
import { median } from '../ingest/report.ts'
import { serverFlags } from '../ingest/targets/child.ts'
import { startFlags } from '../ingest/targets/platform.ts'

export const about = 'Commands: from the request to the recorded acknowledgment, beside a hand-written server'
export const usage = `  --devices N   connected devices (default 200)
  --rate N      commands a second (default 50)
  --seconds N   for how long (default 10)
  --warm N      commands before that, which warm both up (default 5000), as fast as 20 at a time are
  --rounds N    each server, one after the other, so often; the medians count (default 1)
  --telemetry   while the devices send 333 messages a second; what these cost by themselves is taken off
  --only NAME   fleetloom, hand-written, or node-red: the hand-written server with Express and a flow at its entrance`

/** What 10,000 pods send, one message every 30 seconds each. */
const telemetryRate = 333

/** Those of `npm start`, and others for the platform's Node, such as `--cpu-prof --cpu-prof-dir=/tmp/profile`. */
const flags = [...startFlags, ...serverFlags()].join(' ')

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
  readonly warm: number
  readonly isWithTelemetry: boolean
}

interface Figures {
  readonly cpuMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const commandSchema = z.object({ commandId: z.string() })
const outcomeSchema = z.object({ command: z.object({ status: z.string() }) })

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      devices: { type: 'string', default: '200' },
      rate: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '10' },
      warm: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '1' },
      telemetry: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  })
  const count = Number(values.devices)
  const load = {
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    warm: Number(values.warm),
    isWithTelemetry: values.telemetry,
  }
  const beside = load.isWithTelemetry ? `, beside ${telemetryRate} messages/s` : ''
  console.log(`${count} devices, ${load.rate} commands/s for ${load.seconds} s${beside}`)
  const targets = {
    fleetloom: platform,
    'hand-written': (devices: number) => handWritten(devices),
    'node-red': (devices: number) => handWritten(devices, 'node-red'),
  }
  const found = new Map<string, Figures[]>()
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [name, start] of Object.entries(targets)) {
      if (values.only !== undefined && values.only !== name) continue
      found.set(name, [...(found.get(name) ?? []), await measure(await start(count), load)])
    }
  }
  const cpuMs = new Map<string, number>()
  for (const [name, figures] of found) {
    const of = (figure: keyof Figures): number => median(figures.map((each) => each[figure]))
    cpuMs.set(name, of('cpuMs'))
    if (figures.length > 1)
      console.log(
        `${name.padEnd(14)} medians: p50 ${of('p50Ms').toFixed(1)} ms, p99 ${of('p99Ms').toFixed(1)} ms; ` +
          `${of('cpuMs').toFixed(2)} ms of CPU for a command`,
      )
  }
  const byHand = cpuMs.get('hand-written')
  for (const [name, what] of [
    ['fleetloom', 'Fleetloom'],
    ['node-red', 'the hand-written server behind Express and a flow'],
  ] as const) {
    const ms = cpuMs.get(name)
    if (ms !== undefined && byHand !== undefined)
      console.log(`CPU of ${what} beside the hand-written server: × ${(ms / byHand).toFixed(2)}`)
  }
}

/** What runs for long is compiled for what it does; the first commands tell what the first minutes cost. */
async function warmUp(target: Target, commands: number): Promise<void> {
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < commands) await command(target, next++)
  }
  await Promise.all(Array.from({ length: 20 }, caller))
}

async function measure(target: Target, { isWithTelemetry, rate, seconds, warm }: Load): Promise<Figures> {
  const clients = await Promise.all(target.devices.map((device) => connect(target, device)))
  const endTelemetry = isWithTelemetry ? sendTelemetry(clients) : () => undefined
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
  await warmUp(target, warm)
  // What the commands have left to be done is done by then, and is not taken for the cost of idling.
  await delay(1000)
  const idle = await cpuOver(target, () => delay(isWithTelemetry ? seconds * 1000 : 3000))
  const cpu = await cpuOver(target, load)
  tookMs.sort((a, b) => a - b)
  const at = (share: number): number => tookMs[Math.floor((tookMs.length - 1) * share)] ?? Number.NaN
  const figures = {
    cpuMs: ((cpu.seconds - idle.rate * cpu.tookSeconds) / total) * 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
  console.log(
    `${target.name.padEnd(14)} p50 ${figures.p50Ms.toFixed(1)} ms, p99 ${figures.p99Ms.toFixed(1)} ms, ` +
      `most ${at(1).toFixed(1)} ms; ${figures.cpuMs.toFixed(2)} ms of CPU for a command, beside ` +
      `${(idle.rate * 100).toFixed(1)} % of a core without commands; ${failed} without acknowledgment`,
  )
  endTelemetry()
  await Promise.all(clients.map((client) => client.endAsync(true)))
  await target.stop()
  return figures
}

/** Each device in its turn, as one that measures does. The result ends it. */
function sendTelemetry(clients: readonly MqttClient[]): () => void {
  const startedMs = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) * telemetryRate) / 1000
    for (; sent < due; sent += 1) {
      const client = clients[sent % clients.length]
      const payload = { ts: new Date().toISOString(), temperature: 20 + (sent % 50) / 10, pm25: sent % 40 }
      const topic = `device/${client?.options.clientId ?? ''}/data`
      client?.publish(topic, JSON.stringify(payload), { qos: 1 }, () => undefined)
    }
  }, 3)
  return () => clearInterval(timer)
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
  const running = await startPlatform({ wrap: ['bash', '-c', `exec "$0" ${flags} "$@"`] })
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

async function handWritten(count: number, entrance = 'plain'): Promise<Target> {
  const folder = await temporaryDirectory()
  const worker = await startWorker('../../bench/command/hand-written.ts', [folder.path, entrance])
  const [httpPort, mqttPort] = worker.first.split(' ')
  const url = `http://127.0.0.1:${httpPort}`
  return {
    name: entrance === 'plain' ? 'hand-written' : entrance,
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

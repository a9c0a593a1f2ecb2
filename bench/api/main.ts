/** What an authorised read takes, and how much of it is the guard's. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { startWorker } from '../../test/harness/child-process.ts'
import { TestPlatform } from '../../test/harness/platform.ts'
import { registerDevice } from '../../test/harness/resources.ts'
import { makeTempDir, removeTempDir } from '../../test/harness/temp-dir.ts'
import { type LoadPlan, type LoadResult, loadResultSchema } from './load-plan.ts'
import { type Person, settlePeople } from './people.ts'
import { addRoutes, guardedPath, unguardedPath } from './routes.ts'

export const about =
  'Authorised reads over HTTP: how long they take, the guard’s share, beside a hand-written express server'
export const usage = `  --rate N           requests a second (default 500)
  --seconds N        for how long each (default 10)
  --users N          who ask in turn (default 1000)
  --organizations N  that they are of (default 100)`

const wantedP99Ms = 20
const option = { type: 'string' } as const

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { rate: option, seconds: option, users: option, organizations: option },
  })
  const load = { rate: Number(values.rate ?? 500), seconds: Number(values.seconds ?? 10) }
  const counts = { users: Number(values.users ?? 1000), organizations: Number(values.organizations ?? 100) }
  console.log(
    `${counts.users} users of ${counts.organizations} organizations, ${load.rate} requests/s, ${load.seconds} s each`,
  )
  const folder = makeTempDir('bench-api')
  const secret = randomBytes(48).toString('base64url')
  const people = await settlePeople(path.join(folder, 'data'), secret, counts)
  const own = await measureFleetloom({ folder, secret, people, load })
  const byHand = await measureHandWritten({ folder, secret, people, load })
  removeTempDir(folder)
  const guardMs = own.guarded.cpuMs - own.unguarded.cpuMs
  console.log(
    `the guard takes ${guardMs.toFixed(2)} ms of CPU, ${((100 * guardMs) / own.read.cpuMs).toFixed(0)} % of a read; ` +
      `a read takes × ${(own.read.cpuMs / byHand.cpuMs).toFixed(2)} of the hand-written server's CPU`,
  )
  const isFast = own.read.p99Ms < wantedP99Ms
  // Where others want the cores, the times are theirs; what it costs is ours all the same.
  const wanted = `${(loadavg()[0] ?? 0).toFixed(1)} processes wanted ${availableParallelism()} cores`
  console.log(`p99 of an authorised read ${isFast ? 'is' : 'IS NOT'} below ${wantedP99Ms} ms (${wanted})`)
}

interface Setting {
  readonly folder: string
  readonly secret: string
  readonly people: readonly Person[]
  readonly load: Pick<LoadPlan, 'rate' | 'seconds'>
}
type Measured = LoadResult & { readonly cpuMs: number }

async function measureFleetloom({ folder, load, people, secret }: Setting): Promise<{
  readonly unguarded: Measured
  readonly guarded: Measured
  readonly read: Measured
}> {
  const platform = await TestPlatform.prepare({
    dataDir: path.join(folder, 'data'),
    environment: { JWT_SECRET: secret },
    prepareFlows: addRoutes,
  })
  await platform.start()
  for (const orgId of new Set(people.map((person) => person.orgId)))
    await registerDevice(platform.api.in(orgId), `${orgId}-1`)
  const cpuSeconds = (): Promise<number> => platform.metric('process_cpu_seconds_total')
  const measureAt = (name: string, pathOf: (person: Person) => string): Promise<Measured> =>
    measure(name, folder, { url: platform.url, calls: callsOf(people, pathOf), ...load }, cpuSeconds)
  await measureAt('(warming up)', deviceOf)
  const measured = {
    unguarded: await measureAt('without guard', () => unguardedPath),
    guarded: await measureAt('with guard', () => guardedPath),
    read: await measureAt('a read', deviceOf),
  }
  await platform.dispose()
  return measured
}

async function measureHandWritten({ folder, load, people, secret }: Setting): Promise<Measured> {
  const file = path.join(folder, 'hand-written.json')
  writeFileSync(file, JSON.stringify({ secret, people }))
  const worker = await startWorker('../../bench/api/hand-written.ts', [file])
  const url = `http://127.0.0.1:${worker.first}`
  const cpuSeconds = async (): Promise<number> => {
    const used = await (await fetch(`${url}/cpu`)).json()
    const { user, system } = z.object({ user: z.number(), system: z.number() }).parse(used)
    return (user + system) / 1e6
  }
  const plan = { url, calls: callsOf(people, deviceOf), ...load }
  await measure('(warming up)', folder, plan, cpuSeconds)
  const measured = await measure('hand-written', folder, plan, cpuSeconds)
  await worker.kill('SIGKILL')
  return measured
}

const deviceOf = ({ orgId }: Person): string => `/api/v1/devices/${orgId}-1`

const callsOf = (people: readonly Person[], pathOf: (person: Person) => string): LoadPlan['calls'] =>
  people.map((person) => ({ path: pathOf(person), headers: { authorization: `Bearer ${person.token}` } }))

async function measure(
  name: string,
  folder: string,
  plan: LoadPlan,
  cpuSeconds: () => Promise<number>,
): Promise<Measured> {
  const file = path.join(folder, 'plan.json')
  writeFileSync(file, JSON.stringify(plan))
  const before = await cpuSeconds()
  const worker = await startWorker('../../bench/api/load.ts', [file])
  const result = loadResultSchema.parse(JSON.parse(worker.first))
  const cpuMs = (((await cpuSeconds()) - before) * 1000) / (plan.rate * plan.seconds)
  const wrong = Object.entries(result.wrong).map(([what, count]) => `, ${count} × ${what}`)
  console.log(
    `${name.padEnd(14)} p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms, most ${result.mostMs.toFixed(1)} ms; ` +
      `${cpuMs.toFixed(2)} ms of CPU a request; ${result.answered} answered${wrong.join('')}`,
  )
  return { ...result, cpuMs }
}

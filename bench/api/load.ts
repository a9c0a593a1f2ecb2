/**
 * Asks at an even rate whether answers come or not, in a process of its own, and says how long they took from when they
 * were due: `node load.ts FILE`.
 */
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type LoadResult, loadSchema } from './load-plan.ts'

const { calls, rate, seconds, url } = loadSchema.parse(
  JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')),
)
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

function ask({ headers, path }: (typeof calls)[number]): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${url}${path}`, { agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    }).on('error', reject)
  })
}

const tookMs: number[] = []
const wrong = new Map<string, number>()
async function note(n: number, dueMs: number): Promise<void> {
  const call = calls[n % calls.length]
  if (call === undefined) return
  const status = await ask(call).catch(String)
  if (status === 200) tookMs.push(performance.now() - dueMs)
  else wrong.set(String(status), (wrong.get(String(status)) ?? 0) + 1)
}

const startedMs = performance.now()
const pending: Promise<void>[] = []
for (let n = 0; n < rate * seconds;) {
  const dueNow = Math.min(rate * seconds, Math.floor(((performance.now() - startedMs) / 1000) * rate) + 1)
  for (; n < dueNow; n += 1) pending.push(note(n, startedMs + (n * 1000) / rate))
  await delay(1)
}
await Promise.all(pending)
tookMs.sort((a, b) => a - b)
const at = (share: number): number => tookMs[Math.floor((tookMs.length - 1) * share)] ?? Number.NaN
const result: LoadResult = {
  answered: tookMs.length,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  mostMs: at(1),
  wrong: Object.fromEntries(wrong),
}
console.log(JSON.stringify(result))
agent.destroy()

import { z } from 'zod'
import type { ApiClient } from '../../test/harness/api-client.ts'
import { dayMs } from './readings.ts'
import type { Timed } from './requests.ts'

const rounds = 3
const answered = z.object({ fired: z.int() })
/** One port, one port with time, and all of them. */
const rules = [
  ['a limit', { condition: { kind: 'above', port: 1, value: 50 } }],
  [
    'a deviation that lasts',
    {
      condition: { kind: 'deviation', port: 1, windowMs: 3_600_000, percent: 5 },
      sustainedForMs: 600_000,
    },
  ],
  ['no data of any port', { condition: { kind: 'no-data', forMs: 900_000 } }],
] as const

/** How long it takes to try rules on all of the history; `items` are the alerts that would have fired. */
export async function tryRules(
  api: ApiClient,
  { days, deviceId, endMs }: { readonly days: number; readonly deviceId: string; readonly endMs: number },
): Promise<readonly Timed[]> {
  const [from, to] = [endMs - days * dayMs, endMs].map((ms) => new Date(ms).toISOString())
  const timed: Timed[] = []
  for (const [name, rule] of rules) {
    const body = { rule: { name, severity: 'info', scope: { deviceId }, ...rule }, from, to }
    const times: number[] = []
    let items = 0
    for (let i = 0; i < rounds; i++) {
      const startedMs = performance.now()
      items = (await api.expect(answered, 'POST', '/api/v1/alert-rules/try', { body })).fired
      times.push(performance.now() - startedMs)
    }
    const sorted = times.toSorted((a, b) => a - b)
    const [p50Ms, maxMs] = [sorted[Math.floor(rounds / 2)] ?? NaN, sorted.at(-1) ?? NaN]
    timed.push({ name: `year tried: ${name}`, p50Ms, p99Ms: maxMs, maxMs, items })
  }
  return timed
}

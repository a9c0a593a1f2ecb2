import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problemSchema } from '../nodes/platform/kit/endpoints/problem.ts'
import { OddClient, oddRequest } from './harness/fuzz-http.ts'
import { hostileSurroundings } from './harness/hostile-surroundings.ts'
import { type DescribedOperation, describedOperations } from './harness/openapi.ts'
import { seededRandom } from './harness/random.ts'
import { usePlatform } from './harness/use-platform.ts'

/** As each of four callers. */
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 3000)
const atOnce = 8
const timeoutMs = Math.max(600_000, requests * 30)
const maxGrowthBytes = 300e6
/** That somebody may sign in, that many messages may be on their way, is bounded: those answers are as they should be. */
const refusals = new Set([429, 503])
/** Of who is signed in it would take away with what the others are asked. */
const onlyOfNobody = 'logout'

describe(`${requests} odd requests over all routes`, () => {
  const running = usePlatform()
  const random = seededRandom('http')
  let operations: readonly DescribedOperation[]
  let callers: ReadonlyMap<string, Readonly<Record<string, string>>>
  let known: Readonly<Record<string, string>>

  beforeAll(async () => {
    const { api, device, memberApi } = await hostileSurroundings(running())
    operations = await describedOperations(api)
    known = { id: device.id, device: device.id, key: 'port-monitor', port: '1' }
    const organization = api.organization ?? ''
    callers = new Map([
      ['nobody', {}],
      ['a platform admin', { authorization: `Bearer ${await api.token()}`, 'x-organization': organization }],
      ['a device', { authorization: `Basic ${btoa(`${device.id}:${device.password}`)}` }],
      ['an operator', { authorization: `Bearer ${await memberApi.token()}` }],
    ])
  })

  it.each(['nobody', 'a device', 'a platform admin', 'an operator'])(
    'as %s: never a failure of ours, always a problem document, nothing of the inside, alive',
    async (caller) => {
      const client = new OddClient(running().url)
      const before = await running().metric('process_resident_memory_bytes')
      const wrong = new Set<string>()
      const [first, ...others] = operations.filter(({ id }) => caller === 'nobody' || id !== onlyOfNobody)
      if (first === undefined) throw new Error('there are no operations')
      let left = requests
      const ask = async (): Promise<void> => {
        while (left > 0) {
          left -= 1
          const operation = random.pick([first, ...others])
          const odd = oddRequest(random, operation, known)
          const answer = await client.send({ ...odd, headers: { ...callers.get(caller), ...odd.headers } })
          const fault = answer === undefined ? undefined : faultOf(answer)
          if (fault !== undefined) wrong.add(`${operation.id}: ${fault}`)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, ask))
      client.close()
      expect([...wrong]).toEqual([])
      expect(running().process.hasExited).toBe(false)
      expect((await fetch(`${running().url}/readyz`)).status).toBe(200)
      const after = await running().metric('process_resident_memory_bytes')
      expect(after - before).toBeLessThan(maxGrowthBytes)
    },
    timeoutMs,
  )
})

function faultOf({
  contentType,
  status,
  text,
}: {
  readonly contentType: string
  readonly status: number
  readonly text: string
}): string | undefined {
  if (status < 400) return undefined
  if (status >= 500 && !refusals.has(status)) return `${status} ${text.slice(0, 300)}`
  if (!contentType.startsWith('application/problem+json')) return `${status} ${contentType}`
  if (!problemSchema.safeParse(parsed(text)).success)
    return `${status} no problem document: ${text.slice(0, 300)}`
  return /node_modules|\.ts:\d+|SQLITE|at \w+ \(/.test(text) ? `the inside: ${text.slice(0, 300)}` : undefined
}

const parsed = (text: string): unknown => {
  try {
    return z.json().parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

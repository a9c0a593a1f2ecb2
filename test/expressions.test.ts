import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import {
  createOrganization,
  deadLettersOf,
  type DeviceAccess,
  latestSchema,
  readingsOf,
  registerDevice,
  type StoredDeadLetter,
} from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const anything = z.unknown()
const everyMs = 20
const stirMs = 6000
const withinMs = 2000
const killedReadings = 300

/** What takes all time or all memory, each in another way, when the payload says so. */
const culprits: readonly (readonly [name: string, costly: string])[] = [
  ['sorts', '$count($sort([1..2000000]))'],
  ['sorts-less', '$count($sort([1..900000]))'],
  ['pads', '$pad("x", 200000000)'],
  [
    'doubles',
    '($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $uppercase($f("xxxxxxxx", 25)))',
  ],
  ['splits', '$split($pad("x", 100000000, "y"), "")'],
  ['grows', '($f := function($a){ $f($append($a, [1..1000])) }; $f([]))'],
  ['grows-wide', '$map([1..1000], function($i){ $map([1..100000], function($j){ "a text " & $j }) })'],
]

const createClass = (api: ApiClient, key: string, expression: string): Promise<unknown> =>
  api.expect(anything, 'POST', '/api/v1/device-classes', { body: classBody(key, expression) })

const classBody = (
  key: string,
  expression: string,
): { readonly key: string; readonly name: string; readonly [part: string]: unknown } => ({
  key,
  name: key,
  topics: { telemetry: `${key}/{device}` },
  decode: { shape: 'jsonata', expression },
  ports: [{ port: 1, name: 'one' }],
})

const readingOrElse = (costly: string): string =>
  `bad ? ${costly} : { "readings": [{ "port": 1, "value": v }] }`

describe('a tenant whose expressions take all they can get', () => {
  const running = usePlatform()
  let writer: ApiClient
  let neighbour: ApiClient
  let neighbours: DeviceAccess

  beforeAll(async () => {
    writer = await createOrganization(running().api, 'writer')
    neighbour = await createOrganization(running().api, 'neighbour')
    neighbours = await registerDevice(neighbour, 'beside-1')
  })

  /** Publishes one after the other; waits for all to be acknowledged. */
  const publish = async (id: string, password: string, topic: string, payloads: readonly string[]) => {
    const client = await connectDevice(running().mqttPort, { id, password, topic, orgId: '' })
    for (const payload of payloads) await publishAndWait(client, topic, payload)
    await client.disconnect()
  }

  const lettersOf = (deviceId: string, count: number): Promise<readonly StoredDeadLetter[]> =>
    until(`${count} dead letters of ${deviceId}`, async () => {
      const letters = await deadLettersOf(writer, `&deviceId=${deviceId}`)
      return letters.length >= count ? letters : undefined
    })

  /** A device of the neighbour publishes again and again; how long each reading takes until it can be read. */
  const feel = async (during: () => Promise<unknown>): Promise<readonly number[]> => {
    const client = await connectDevice(running().mqttPort, neighbours)
    const over = new AbortController()
    const took: number[] = []
    const loop = async (): Promise<void> => {
      for (let value = Date.now(); !over.signal.aborted; value += 1) {
        const startedMs = performance.now()
        await publishAndWait(client, neighbours.topic, `{"readings":[{"port":1,"value":${value}}]}`)
        await until(
          'the reading of the neighbour',
          async () => {
            const path = `/api/v1/devices/${neighbours.id}/latest`
            const { items } = await neighbour.expect(latestSchema, 'GET', path)
            return items.some(({ rawValue }) => rawValue === value) ? true : undefined
          },
          { everyMs: 1 },
        )
        took.push(performance.now() - startedMs)
        await pause(everyMs)
      }
    }
    const looping = loop()
    await during()
    over.abort()
    await looping
    await client.disconnect()
    return took
  }

  it('has one dead letter for each culprit; the rest of the device and all of the neighbour is stored in time', async () => {
    const devices: DeviceAccess[] = []
    for (const [key, costly] of culprits) {
      await createClass(writer, key, readingOrElse(costly))
      devices.push(await registerDevice(writer, `${key}-1`, { classKey: key }))
    }
    /** The harness itself does the same both times, so that it takes the same of the machine. */
    const stir = async (payloads: readonly string[]): Promise<void> => {
      await Promise.all(
        devices.map(({ id, password }, index) =>
          publish(id, password, `${culprits[index]?.[0]}/${id}`, payloads),
        ),
      )
      const endMs = performance.now() + stirMs
      while (performance.now() < endMs) {
        await deadLettersOf(writer)
        await pause(everyMs)
      }
    }
    const alone = await feel(() => stir(['{"v":0}']))
    const beforeBytes = await running().metric('process_resident_memory_bytes')
    const beside = await feel(() => stir(['{"v":1}', '{"bad":true}', '{"v":2}']))
    for (const { id } of devices) await lettersOf(id, 1)
    const afterBytes = await running().metric('process_resident_memory_bytes')
    const row = (name: string, took: readonly number[]): string =>
      `${name}: ${took.length} readings, p50 ${quantile(took, 0.5)} ms, p99 ${quantile(took, 0.99)} ms, worst ${quantile(took, 1)} ms`
    console.log(
      `${row('alone', alone)}\n${row('beside', beside)}\nmemory ${Math.round(beforeBytes / 1e6)} → ${Math.round(afterBytes / 1e6)} MB`,
    )

    expect(Math.max(...beside)).toBeLessThan(withinMs)
    expect(afterBytes - beforeBytes).toBeLessThan(100e6)
    for (const { id } of devices) {
      await untilTrue(`all good readings of ${id}`, async () => (await readingsOf(writer, id)).length >= 3)
      expect((await readingsOf(writer, id)).map(({ rawValue }) => rawValue)).toEqual([0, 1, 2])
      expect(await deadLettersOf(writer, `&deviceId=${id}`)).toMatchObject([
        { reason: 'expression-limit', payloadBase64: Buffer.from('{"bad":true}').toString('base64') },
      ])
    }
    expect(await deadLettersOf(neighbour)).toEqual([])
    expect(running().process.hasExited).toBe(false)
  }, 90_000)

  it('has a pattern that backtracking never ends with matched at once', async () => {
    await createClass(
      writer,
      'matches',
      '{ "readings": [{ "port": 1, "value": $contains(v, /^(a+)+$/) ? 1 : 0 }] }',
    )
    const { id, password } = await registerDevice(writer, 'matches-1', { classKey: 'matches' })
    const startedMs = performance.now()
    await publish(id, password, `matches/${id}`, ['{"v":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}', '{"v":"aaaa"}'])
    const stored = await until('both readings', async () => {
      const readings = await readingsOf(writer, id)
      return readings.length === 2 ? readings : undefined
    })
    expect(stored.map(({ rawValue }) => rawValue)).toEqual([0, 1])
    expect(performance.now() - startedMs).toBeLessThan(withinMs)
  })

  it('loses nothing that was acknowledged when the process is killed', async () => {
    const key = 'killed'
    await createClass(writer, key, readingOrElse('0'))
    const { id, password } = await registerDevice(writer, 'killed-1', { classKey: key })
    const payloads = Array.from({ length: killedReadings }, (_, value) => `{"v":${value}}`)
    await publish(id, password, `${key}/${id}`, payloads)
    await running().kill('SIGKILL')
    await running().start()
    await untilTrue('all readings', async () => (await readingsOf(writer, id)).length >= killedReadings)
    expect((await readingsOf(writer, id)).map(({ rawValue }) => rawValue)).toEqual(payloads.map((_, v) => v))
    expect(await deadLettersOf(writer, `&deviceId=${id}`)).toEqual([])
  }, 60_000)

  it('is told of a pattern that only backtracking matches', async () => {
    const { status, body } = await writer.call('POST', '/api/v1/device-classes', {
      body: classBody('ahead', '$match(v, /a(?=b)/)'),
    })
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toContain('body.decode.expression')
  })

  it('is suspended when a class does it again and again, until the class is changed', async () => {
    const key = 'again'
    await createClass(writer, key, readingOrElse('$pad("x", 200000000)'))
    const { id, password } = await registerDevice(writer, 'again-1', { classKey: key })
    const topic = `${key}/${id}`
    await publish(
      id,
      password,
      topic,
      Array.from({ length: 8 }, () => '{"bad":true}'),
    )
    const reasons = (await lettersOf(id, 8)).map(({ reason }) => reason)
    expect(reasons.filter((reason) => reason === 'expression-limit')).toHaveLength(5)
    expect(reasons.filter((reason) => reason === 'expression-suspended')).toHaveLength(3)
    expect(await running().metric('fleetloom_expressions_suspended')).toBe(1)
    expect(running().log).toContain('expressions overran again and again and are suspended')

    await publish(id, password, topic, ['{"v":1}'])
    expect((await lettersOf(id, 9)).map(({ reason }) => reason)).toContain('expression-suspended')
    const { key: _, ...changed } = classBody(key, readingOrElse('0'))
    await writer.expect(anything, 'PUT', `/api/v1/device-classes/${key}`, { body: changed })
    await publish(id, password, topic, ['{"v":2}'])
    const stored = await until('the reading', async () => {
      const readings = await readingsOf(writer, id)
      return readings.length > 0 ? readings : undefined
    })
    expect(stored).toMatchObject([{ rawValue: 2 }])
    expect(await running().metric('fleetloom_expressions_suspended')).toBe(0)
  }, 60_000)
})

const quantile = (values: readonly number[], q: number): number =>
  Math.round(
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0,
  )

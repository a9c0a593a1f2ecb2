import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DeviceClassInput, deviceClassSchema } from '../../devices/device-class.ts'
import { aClass, aDevice } from '../../devices/device.fixture.ts'
import { toDeviceRecord } from '../../devices/device.ts'
import { Evaluator } from '../../platform/expressions/evaluate-turn.ts'
import type { Evaluated } from '../../platform/expressions/pool.ts'
import { utf8Bytes } from '../../platform/kit/bytes.ts'
import { defaultTimeWindow } from '../timestamp.ts'
import { anyExpressionClass } from './any-expression.fixture.ts'
import { trySample } from './try-sample.ts'
import { anyClass, anyPayload } from './any-class.fixture.ts'
import { anUplink, received } from './uplink.fixture.ts'

const ports = [0, 1, 2].map((port) => ({ port, name: `port ${port}` }))
const base = { ...aClass(), ports }
const topics = ['x/d1/temperature', 'x/d1/other', 'x/d1/up/lwt', '$connection', 'elsewhere']

/** Classes, each with ten payloads on five topics; FUZZ_CLASSES=10000 for 100,000 pairs of a class and a payload. */
const classes = Number(process.env['FUZZ_CLASSES'] ?? 200)
/** Of the expressions: by chance alone a small number might have no reading among them. */
const seed = Number(process.env['SEED'] ?? 20_261_129)
/** Of the processor, for one message; most take some microseconds. */
const slowMs = 100

test(
  'whatever a class says and a device sends, it is read or told, at once, and nothing is thrown',
  { timeout: 20_000 + 100 * classes },
  () => {
    let read = 0
    const slow: string[] = []
    const cpuMs = (): number => {
      const { system, user } = process.cpuUsage()
      return (system + user) / 1000
    }
    fc.assert(
      fc.property(anyClass, fc.array(anyPayload, { minLength: 10, maxLength: 10 }), (changes, payloads) => {
        const record = toDeviceRecord('acme', aDevice(), deviceClassSchema.parse({ ...base, ...changes }))
        for (const payload of payloads)
          for (const topic of topics) {
            const beforeMs = cpuMs()
            const { readings, reasons } = received(payload, record, topic)
            if (cpuMs() - beforeMs > slowMs) slow.push(JSON.stringify([changes, String(payload), topic]))
            read += readings.length
            for (const [port, value] of readings)
              expect([record.ports[port]?.port, Number.isFinite(value)]).toEqual([port, true])
            expect(new Set(reasons).size).toBe(reasons.length)
          }
      }),
      { numRuns: classes },
    )
    // Otherwise the classes and payloads would have nothing to do with each other.
    expect(read).toBeGreaterThan(classes / 20)
    expect(slow).toEqual([])
  },
)

/** Far beyond what one may take, since what a single function of JSONata does is looked at when it is done. */
const slowExpressionMs = 500

test(
  'whatever a class evaluates, it is read or told, in its time, and nothing is thrown',
  { timeout: 60_000 + 500 * classes },
  async () => {
    const cpuMs = (): number => {
      const { system, user } = process.cpuUsage()
      return (system + user) / 1000
    }
    const evaluator = new Evaluator(cpuMs)
    const evaluate = async (source: string, text: string): Promise<Evaluated> => {
      const [result] = await evaluator.evaluateTurn({ sources: [source], items: [{ source: 0, text }] })
      if (result?.kind === 'value') return result
      const reason = result?.kind === 'limit' ? 'expression-limit' : 'decode-failed'
      return { kind: 'fault', reason, detail: result?.detail ?? '' }
    }
    const seen = new Map<string, number>()
    const slow: string[] = []
    await fc.assert(
      fc.asyncProperty(
        anyExpressionClass,
        fc.array(anyPayload, { minLength: 5, maxLength: 5 }),
        async (changes, payloads) => {
          const record = toDeviceRecord('acme', aDevice(), deviceClassSchema.parse({ ...base, ...changes }))
          for (const payload of payloads) {
            const bytes = typeof payload === 'string' ? utf8Bytes(payload) : payload
            const uplink = anUplink({}, { payload: bytes, topic: 'x/d1/temperature' })
            const beforeMs = cpuMs()
            const tried = await trySample(uplink, record, defaultTimeWindow, evaluate)
            if (cpuMs() - beforeMs > slowExpressionMs) slow.push(JSON.stringify([changes, String(payload)]))
            for (const { port, rawValue } of tried.readings)
              expect([record.ports[port]?.port, Number.isFinite(rawValue)]).toEqual([port, true])
            const whats = tried.reasons.map(({ reason }) => reason)
            for (const what of tried.readings.length > 0 ? [...whats, 'read'] : whats)
              seen.set(what, (seen.get(what) ?? 0) + 1)
          }
        },
      ),
      { numRuns: classes, seed },
    )
    expect(slow).toEqual([])
    // Otherwise the expressions would have nothing to do with the payloads, or with their limits.
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining(['read', 'decode-failed', 'expression-limit', 'wrong-shape']),
    )
  },
)

describe('what is made to take long', () => {
  const decode: DeviceClassInput['telemetry'][number]['decode'] = {
    shape: 'fields',
    payload: { kind: 'json', lenient: true },
    time: { path: 'ts', format: 'auto', zone: 'Europe/Rome' },
    values: { decimalComma: true, unitSuffix: true },
    fields: [{ path: 'v', port: 1 }],
    samples: { path: 'list', time: { path: 'ts', zone: 'Europe/Rome' } },
  }
  const record = toDeviceRecord(
    'acme',
    aDevice(),
    aClass({ telemetry: [{ topic: 'x/{device}', decode }], ports }),
  )
  const size = 60_000
  const times = Array.from(
    { length: 1000 },
    (_, hour) => `"${new Date(hour * 3_600_000).toISOString().slice(0, 19)}"`,
  )

  test.each([
    ['quotes that do not end', '\\"'.repeat(size / 2)],
    ['open strings', `{"${'\\"'.repeat(size / 2)}`],
    ['half words', 'na'.repeat(size / 2)],
    ['signs', '-'.repeat(size)],
    ['long numbers', `{"list":[{"v":"${'1.'.repeat(size / 2)}"}]}`],
    ['long times', `{"list":[{"ts":"${'1'.repeat(size)}"}]}`],
    ['depth', '['.repeat(size)],
    ['many times of a zone', `{"list":[${times.map((ts) => `{"ts":${ts}}`).join(',')}]}`],
  ])('%s: takes less than a tenth of a second', (_, payload) => {
    received(payload, record)
    const before = process.cpuUsage()
    received(payload, record)
    const { system, user } = process.cpuUsage(before)
    expect((system + user) / 1000).toBeLessThan(100)
  })
})

import { createRandom } from '../random.ts'
import type { Body, Channel, DeviceInput, DeviceModel, DeviceOutput } from './model.ts'

export const START_MS = Date.parse('2025-09-06T12:00:00Z')

const IDENTITY = { deviceId: 'dev-1', orgId: 'org-1' }

/** A device in a test: inputs at chosen times, and what it published at the last of them. */
export function given<S>(model: DeviceModel<S>, seed = 'test') {
  const random = createRandom(seed)
  let state = model.create(IDENTITY, random)
  let outputs: readonly DeviceOutput[] = []
  return {
    topics: model.topics(IDENTITY),
    when(input: DeviceInput, afterMs = 0): readonly DeviceOutput[] {
      ;[state, outputs] = model.step(state, input, START_MS + afterMs, random)
      return outputs
    },
    published: (channel: Channel): readonly Body[] =>
      outputs
        .filter((output) => output.kind === 'publish')
        .flatMap((output) => (output.channel === channel ? [output.body] : [])),
  }
}

export function command(action: string, value?: unknown, commandId = 'cmd-1'): DeviceInput {
  const payload = JSON.stringify({ commandId, action, value, ts: '2025-09-06T12:00:00Z' })
  return { kind: 'command', payload }
}

/** Every number that a telemetry body reports, by field or port. */
export function numbersOf(body: Body): readonly (readonly [name: string, value: number])[] {
  const { readings } = body
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(readings)
    ? readings.map(({ port, value }: { port: number; value: number }) => [String(port), value] as const)
    : Object.entries(body)
  return entries.flatMap(([name, value]) => (typeof value === 'number' ? [[name, value] as const] : []))
}

import { describe, expect, it } from 'vitest'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { insertFunction } from './harness/flow-file.ts'
import {
  createOrganization,
  deadLettersOf,
  type DeviceAccess,
  readingsOf,
  registerDevice,
} from './harness/resources.ts'
import { until, untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import type { ApiClient } from './harness/api-client.ts'
import type { TestPlatform } from './harness/platform.ts'

const poisonousValue = 666
const goodReadings = 300
const maxDeliveries = 5

const throwOnPoison = `
  if (msg.payload.some(({ rawValue }) => rawValue === ${poisonousValue})) throw new Error('cannot digest this')
  return msg`

describe('a function node that throws on one message', () => {
  const running = usePlatform({
    prepareFlows: (flowsDir) => insertFunction(flowsDir, 'dedupe', throwOnPoison),
  })

  it(`sends it to the dead letters after ${maxDeliveries} tries, and every other message through`, async () => {
    const platform = running()
    const { api, device } = await oneDevice(platform)
    const values = Array.from({ length: goodReadings }, (_, index) => index)
    const payloads = values.toSpliced(goodReadings / 2, 0, poisonousValue)
    await publishAll(platform, device, payloads)
    const [letter] = await until('the dead letter', async () => {
      const found = await deadLettersOf(api, '&reason=poison')
      return found.length > 0 ? found : undefined
    })
    expect(letter?.detail).toContain('cannot digest this')
    expect(Number(/after (\d+) tries/.exec(letter?.detail ?? '')?.[1])).toBeGreaterThanOrEqual(maxDeliveries)
    expect(Buffer.from(letter?.payloadBase64 ?? '', 'base64').toString()).toContain(
      `"value":${poisonousValue}`,
    )
    await untilTrue(
      'all others are stored',
      async () => (await readingsOf(api, device.id)).length >= goodReadings,
    )
    const stored = (await readingsOf(api, device.id)).map(({ rawValue }) => rawValue)
    expect(stored.toSorted((a, b) => a - b)).toEqual(values)
    expect(await deadLettersOf(api)).toHaveLength(1)
  })
})

describe('a try that fails after the readings were stored', () => {
  const running = usePlatform({
    prepareFlows: (flowsDir) =>
      insertFunction(
        flowsDir,
        'store',
        `if (context.get('once')) return msg
        context.set('once', true)
        throw new Error('once')`,
      ),
  })

  it('loses them not even when a kill follows the next try', async () => {
    const platform = running()
    const { api, device } = await oneDevice(platform)
    await publishAll(platform, device, [7])
    await untilTrue('the next try is through', async () => {
      return (await platform.metric('fleetloom_messages_processed_total')) >= 2
    })
    await platform.kill('SIGKILL')
    await platform.start()
    const readings = await until('the reading', async () => {
      const found = await readingsOf(api, device.id)
      return found.length > 0 ? found : undefined
    })
    expect(readings.map(({ rawValue }) => rawValue)).toEqual([7])
  })
})

async function oneDevice(
  platform: TestPlatform,
): Promise<{ readonly api: ApiClient; readonly device: DeviceAccess }> {
  const api = await createOrganization(platform.api, 'poisoned')
  return { api, device: await registerDevice(api, 'poisoned-1') }
}

async function publishAll(
  platform: TestPlatform,
  device: DeviceAccess,
  values: readonly number[],
): Promise<void> {
  const client = await connectDevice(platform.mqttPort, device)
  const startMs = Date.now() - values.length
  for (const [index, value] of values.entries()) {
    const ts = new Date(startMs + index).toISOString()
    await publishAndWait(client, device.topic, `{"ts":"${ts}","readings":[{"port":1,"value":${value}}]}`)
  }
  await client.disconnect()
}

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { connectDevice } from './harness/acked-client.ts'
import { basicOf, createOrganization, readingsOf, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const burst = 200

describe('a burst of one device that does not say when it measured', () => {
  const running = usePlatform()

  it.each([0, 1] as const)('is stored whole, also of equal values (round %i)', async () => {
    const api = await createOrganization(running().api, `burst-${randomUUID()}`)
    const device = await registerDevice(api, `burst-${randomUUID()}`)
    const client = await connectDevice(running().mqttPort, device)
    for (let i = 0; i < burst; i += 1)
      client.publish(device.topic, '{"readings":[{"port":1,"value":7}]}', { qos: 1 })
    for (let i = 0; i < burst; i += 1) await client.next('puback')
    await client.disconnect()
    const stored = await until('all readings of the burst', async () => {
      const readings = await readingsOf(api, device.id)
      return readings.length >= burst ? readings : undefined
    })
    expect(stored).toHaveLength(burst)
    expect(new Set(stored.map(({ ts }) => ts)).size).toBe(burst)
  })

  it('by HTTP as well', async () => {
    const api = await createOrganization(running().api, 'burst-http')
    const device = await registerDevice(api, 'burst-http')
    const send = (): Promise<{ readonly status: number }> =>
      api.call('POST', `/api/v1/ingest/${device.id}`, {
        as: basicOf(device),
        bytes: '{"readings":[{"port":1,"value":7}]}',
      })
    const answers = await Promise.all(Array.from({ length: 20 }, send))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    await until('all readings', async () =>
      (await readingsOf(api, device.id)).length === 20 ? true : undefined,
    )
  })
})

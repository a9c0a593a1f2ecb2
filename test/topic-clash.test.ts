import { beforeAll, describe, expect, it } from 'vitest'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

describe('topics over organizations', () => {
  const running = usePlatform()
  let evil: ApiClient
  let victim: ApiClient
  let pod: DeviceAccess

  beforeAll(async () => {
    evil = await createOrganization(running().api, 'evil')
    victim = await createOrganization(running().api, 'victim')
    pod = await registerDevice(victim, 'press-7', { classKey: 'sleep-pod' })
  })

  const createClass = (key: string, topics: Readonly<Record<string, string>>): Promise<Answer> =>
    evil.call('POST', '/api/v1/device-classes', {
      body: { key, name: key, topics, decode: { shape: 'readings' } },
    })
  const createDevice = (api: ApiClient, id: string, classKey: string): Promise<Answer> =>
    api.call('POST', '/api/v1/devices', { body: { id, classKey, name: id } })

  it('a class cannot reach into those of the classes that come with the platform', async () => {
    for (const topics of [
      { telemetry: 'cochilo/cabine/press-7/{device}' },
      { telemetry: 'mine/{device}', command: 'cochilo/cabine/press-7/{device}' },
      { telemetry: 'org/{org}/device/press-7/{device}' },
    ])
      expect(await createClass('reach', topics)).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'body.topics' }] },
      })
  })

  it('a device cannot be registered, nor a class changed, where a topic would be another device’s', async () => {
    const theirs = { telemetry: 'hall/{device}/status', command: 'hall/{device}/do' }
    const shape = { name: 'door', decode: { shape: 'readings' } }
    await victim.call('POST', '/api/v1/device-classes', { body: { key: 'door', topics: theirs, ...shape } })
    expect((await createDevice(victim, 'north', 'door')).status).toBe(201)
    expect((await createClass('hall', { telemetry: 'hall/north/{device}' })).status).toBe(201)

    const refused = await createDevice(evil, 'do', 'hall')
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ path: 'body.id' }] } })
    expect(refused.text).not.toContain('north')
    expect((await createDevice(evil, 'other', 'hall')).status).toBe(201)

    expect((await createClass('later', { telemetry: 'later/{device}' })).status).toBe(201)
    expect((await createDevice(evil, 'status', 'later')).status).toBe(201)
    const changed = await evil.call('PUT', '/api/v1/device-classes/later', {
      body: { topics: { telemetry: 'hall/north/{device}' }, ...shape },
    })
    expect(changed).toMatchObject({ status: 422, body: { errors: [{ path: 'body.topics' }] } })
  })

  it('of two that are registered at the same moment one at most gets the topic', async () => {
    const shape = { name: 'x', decode: { shape: 'readings' } }
    const [one, other] = [{ telemetry: 'race/{device}/b' }, { telemetry: 'race/a/{device}' }]
    await victim.call('POST', '/api/v1/device-classes', { body: { key: 'one', topics: one, ...shape } })
    await createClass('other', other)
    const both = await Promise.all([createDevice(victim, 'a', 'one'), createDevice(evil, 'b', 'other')])
    expect(both.filter(({ status }) => status === 201).length).toBeLessThan(2)
    expect(new Set(both.map(({ status }) => status))).toContain(409)
  })

  it('a pod goes on hearing nobody else', async () => {
    const client = await connectDevice(running().mqttPort, pod)
    await client.subscribe('cochilo/cabine/press-7/commands')
    await publishAndWait(client, 'cochilo/cabine/press-7/telemetry', '{}')
    expect(client.unread('publish')).toEqual([])
    await client.disconnect()
  })

  it.each(['fleetloom', 'fleetloom-host-ips'])('a device cannot be called %s', async (id) => {
    expect(await createDevice(evil, id, 'port-monitor')).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'body.id' }] },
    })
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait, publishBytes } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const accepted = 0
const badClientId = 2
const badCredentials = 4
const notAuthorised = 5
const refusedSubscription = 128
const madeKey = z.object({ key: z.object({ id: z.string() }), secret: z.string() })
const provisioned = z.object({
  device: z.object({ id: z.string(), orgId: z.string() }),
  credential: z.object({ username: z.string(), password: z.string() }),
})

describe('devices come in and are cut off', () => {
  const running = usePlatform()
  let api: ApiClient
  beforeAll(async () => {
    api = await createOrganization(running().api, 'access')
  })
  const makeKey = (body: object = {}): Promise<z.output<typeof madeKey>> =>
    api.expect(madeKey, 'POST', '/api/v1/provisioning-keys', { body: { classKey: 'port-monitor', ...body } })
  const connect = (password: string, options: object = {}) =>
    WireClient.connect(running().mqttPort, {
      username: 'provision',
      password,
      clientId: 'newcomer',
      ...options,
    })
  /** Connected and listening for its answer. */
  const newcomer = async (secret: string, clientId: string): Promise<WireClient> => {
    const [client, { returnCode }] = await connect(secret, { clientId })
    expect(returnCode).toBe(accepted)
    await client.subscribe('provision/response')
    return client
  }
  const ask = async (client: WireClient, payload: string): Promise<unknown> => {
    publishBytes(client, 'provision/request', payload)
    const { payload: answer } = await client.next('publish')
    return JSON.parse(answer.toString())
  }

  it('a device registers itself over MQTT, and can then work', async () => {
    const { key, secret } = await makeKey()
    const client = await newcomer(secret, 'n1')
    const other = await newcomer(secret, 'n2')
    const { credential, device } = provisioned.parse(await ask(client, '{"id":"fresh-1","name":"Fresh"}'))
    expect(device).toEqual({ id: 'fresh-1', orgId: api.organization })
    expect(await ask(client, '{"id":"fresh-1"}')).toMatchObject({ status: 409 })
    expect(await ask(client, '{"id":"fresh-1","orgId":"x"}')).toMatchObject({ status: 400 })
    expect(await ask(client, 'no JSON')).toMatchObject({ status: 400 })
    // Its own question is answered to it alone.
    expect(other.unread('publish')).toEqual([])
    const working = await connectDevice(running().mqttPort, {
      id: credential.username,
      password: credential.password,
      orgId: device.orgId,
      topic: '',
    })
    await publishAndWait(
      working,
      `org/${device.orgId}/device/fresh-1/telemetry`,
      '{"readings":[{"port":1,"value":1}]}',
    )
    const audit = await api.call('GET', '/api/v1/audit?resource=devices/fresh-1')
    expect(audit.body).toMatchObject({
      items: [{ actor: { kind: 'provisioning-key', id: key.id }, permission: 'modules:iot:devices:create' }],
    })
    expect(audit.text).not.toContain(credential.password)
    await Promise.all([working, client, other].map((one) => one.disconnect()))
  })

  it('a key lets nobody do anything else', async () => {
    const { key, secret } = await makeKey()
    expect((await connect('wrong'))[1].returnCode).toBe(badCredentials)
    expect((await connect(secret, { clean: false }))[1].returnCode).toBe(badClientId)
    const will = { topic: 'provision/request', payload: Buffer.from('{}'), qos: 0, retain: false } as const
    expect((await connect(secret, { will }))[1].returnCode).toBe(notAuthorised)
    const client = await newcomer(secret, 'n3')
    for (const filter of [
      '#',
      'provision/#',
      'provision/request',
      `org/${api.organization}/device/fresh-1/command`,
    ])
      expect(await client.subscribe(filter)).toMatchObject({ granted: [refusedSubscription] })
    publishBytes(client, `org/${api.organization}/device/fresh-1/telemetry`, '{"readings":[]}')
    await client.closed
    expect((await api.call('DELETE', `/api/v1/provisioning-keys/${key.id}`)).status).toBe(204)
    expect((await connect(secret))[1].returnCode).toBe(badCredentials)
  })

  it('a key brings in no more than it may, over both doors at once', async () => {
    const { secret } = await makeKey({ maxDevices: 2 })
    const clients = await Promise.all(['m1', 'm2', 'm3'].map((id) => newcomer(secret, id)))
    const answers = await Promise.all([
      ...clients.map((client) => ask(client, '{}')),
      ...[1, 2, 3].map(async () => {
        const { body } = await api.call('POST', '/api/v1/provision', {
          body: { key: secret },
          as: 'anonymous',
        })
        return body
      }),
    ])
    expect(answers.filter((answer) => provisioned.safeParse(answer).success)).toHaveLength(2)
    await Promise.all(clients.map((client) => client.disconnect()))
  })

  it('a device that is disabled is cut off at once, and let in again when it is enabled', async () => {
    const device = await registerDevice(api, 'cut-1')
    const client = await connectDevice(running().mqttPort, device)
    expect((await api.call('POST', '/api/v1/devices/cut-1/disable')).body).toMatchObject({ isEnabled: false })
    await client.closed
    const again = () =>
      WireClient.connect(running().mqttPort, {
        username: 'cut-1',
        password: device.password,
        clientId: 'cut-1',
      })
    expect((await again())[1].returnCode).toBe(notAuthorised)
    expect((await api.call('POST', '/api/v1/devices/cut-1/enable')).body).toMatchObject({ isEnabled: true })
    const [back, { returnCode }] = await again()
    expect(returnCode).toBe(accepted)
    await back.disconnect()
    expect((await api.call('POST', '/api/v1/devices/nobody/disable')).status).toBe(404)
  })
})

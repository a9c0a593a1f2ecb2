import { z } from 'zod'
import { pushKeys } from '../../nodes/notifications/push-keys.fixture.ts'
import { connectDevice, publishAndWait, publishBytes } from './acked-client.ts'
import type { ApiClient } from './api-client.ts'
import type { TestPlatform } from './platform.ts'
import { podBody } from './pods.ts'
import { deadLettersOf, type DeviceAccess, registerDevice } from './resources.ts'
import { until } from './until.ts'
import { addUser } from './users.ts'

export const classBody = {
  name: 'x',
  topics: { telemetry: 'x/{device}' },
  decode: { shape: 'readings' },
  ports: [{ port: 1, name: 'x' }],
}
export const alwaysBad = { severity: 'info', condition: { kind: 'above', port: 1, value: 0 } }
export const weekly = { days: ['mon'], startTime: '08:00', endTime: '10:00' }
export type Ids = ReadonlyMap<string, Readonly<Record<string, string>>>

/** One of each kind of resource that the API has routes for, of an organization that is called so: their ids by the kind. */
export async function resourcesOf(
  name: 'a' | 'b',
  api: ApiClient,
  { mqttPort }: Pick<TestPlatform, 'mqttPort'>,
  password: string,
): Promise<Ids> {
  await api.expect(z.unknown(), 'POST', '/api/v1/device-classes', {
    body: { ...classBody, topics: { telemetry: `${name}/{device}` }, key: `class-of-${name}` },
  })
  const device = await registerDevice(api, `device-of-${name}`)
  await publishOnce(mqttPort, device, 'not json')
  const stray = await connectDevice(mqttPort, device)
  publishBytes(stray, `${name}/stranger`, '{}')
  const [letter] = await until(`a dead letter of ${name}`, async () => {
    const found = await deadLettersOf(api)
    return found.length > 0 ? found : undefined
  })
  const identified = z.object({ id: z.string() })
  const unknown = await until(`an unknown sender of ${name}`, async () => {
    const listed = z.object({ items: z.array(identified) })
    return (await api.expect(listed, 'GET', '/api/v1/unknown-senders')).items[0]
  })
  const replay = await api.expect(identified, 'POST', '/api/v1/replays', { body: { target: 'nowhere' } })
  const purifier = await registerDevice(api, `purifier-of-${name}`, { classKey: 'air-purifier' })
  const { command } = await api.expect(
    z.object({ command: z.object({ commandId: z.string() }) }),
    'POST',
    `/api/v1/devices/${purifier.id}/commands`,
    { body: { action: 'turnOn', whenOffline: 'hold' } },
  )
  const { schedule } = await api.expect(z.object({ schedule: identified }), 'POST', '/api/v1/schedules', {
    body: { deviceId: purifier.id, isActive: false, ...weekly },
  })
  const { rule } = await api.expect(z.object({ rule: identified }), 'POST', '/api/v1/alert-rules', {
    body: { name: 'any', scope: { deviceId: device.id }, ...alwaysBad },
  })
  await api.expect(z.unknown(), 'PUT', '/api/v1/me/notification-preferences', {
    body: { channels: { info: ['in-app'], warning: ['in-app'], critical: ['in-app'] } },
  })
  await api.expect(z.unknown(), 'POST', '/api/v1/channels', {
    body: { key: `channel-of-${name}`, kind: 'in-app', config: {} },
  })
  const { window } = await api.expect(
    z.object({ window: identified }),
    'POST',
    '/api/v1/maintenance-windows',
    {
      body: { scope: { tag: 'x' }, from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
    },
  )
  const { delivery } = await api.expect(
    z.object({ delivery: identified }),
    'POST',
    `/api/v1/channels/channel-of-${name}/test`,
  )
  await publishOnce(mqttPort, device, '{"readings":[{"port":1,"value":1}]}')
  const alert = await until(`an alert of ${name}`, async () => {
    const found = await api.expect(z.object({ items: z.array(identified) }), 'GET', '/api/v1/alerts')
    return found.items[0]
  })
  const notification = await until(`a notification of ${name}`, async () => {
    const found = await api.expect(
      z.object({ items: z.array(identified) }),
      'GET',
      '/api/v1/me/notifications',
    )
    return found.items[0]
  })
  const { subscription } = await api.expect(
    z.object({ subscription: identified }),
    'POST',
    '/api/v1/me/push-subscriptions',
    { body: subscriptionOf(name) },
  )
  await api.expect(z.unknown(), 'POST', '/api/v1/roles', {
    body: { key: `role-of-${name}`, name: 'the first', permissions: [] },
  })
  const customer = await addUser(api, `customer@org-${name}.example`, 'member', password)
  const { serviceAccount } = await api.expect(
    z.object({ serviceAccount: identified }),
    'POST',
    '/api/v1/service-accounts',
    { body: { name: 'the first', role: 'operator' } },
  )
  const { key } = await api.expect(
    z.object({ key: identified }),
    'POST',
    `/api/v1/service-accounts/${serviceAccount.id}/keys`,
    { body: { name: 'the first' } },
  )
  const { key: provisioningKey } = await api.expect(
    z.object({ key: identified }),
    'POST',
    '/api/v1/provisioning-keys',
    { body: { classKey: 'port-monitor' } },
  )
  const { purchase } = await api.expect(z.object({ purchase: identified }), 'POST', '/api/v1/purchases', {
    body: { packageKey: 'small', provider: 'sandbox' },
    headers: { 'idempotency-key': 'the first' },
  })
  const { key: ingestKey } = await api.expect(z.object({ key: identified }), 'POST', '/api/v1/ingest-keys', {
    body: { name: 'the first', gatewayId: device.id },
  })
  return new Map([
    ['provisioning-keys', { id: provisioningKey.id }],
    ...(await podOf(name, api, customer)),
    ['purchases', { id: purchase.id }],
    ['roles', { key: `role-of-${name}` }],
    ['channels', { key: `channel-of-${name}` }],
    ['me', { id: notification.id, subscriptionId: subscription.id }],
    ['maintenance-windows', { id: window.id }],
    ['deliveries', { id: delivery.id }],
    ['wallets', { id: customer }],
    ['users', { id: customer }],
    ['service-accounts', { id: serviceAccount.id, keyId: key.id }],
    ['alerts', { id: alert.id }],
    ['alert-rules', { id: rule.id }],
    ['commands', { id: command.commandId }],
    ['schedules', { id: schedule.id }],
    ['schedule', { deviceId: purifier.id, scheduleId: schedule.id }],
    ['preclean', { deviceId: purifier.id }],
    ['device', { deviceId: device.id }],
    ['devices', { id: device.id }],
    ['ingest', { device: device.id }],
    ['ingest-keys', { id: ingestKey.id }],
    ['device-classes', { key: `class-of-${name}` }],
    ['dead-letters', { id: letter?.id ?? '' }],
    ['replays', { id: replay.id }],
    ['unknown-senders', { id: unknown.id }],
  ])
}

const subscriptionOf = (name: string): object => ({
  endpoint: `https://push.example/send/${name}`,
  keys: pushKeys,
})

/** A pod with a block and a booking. */
async function podOf(
  name: string,
  api: ApiClient,
  userId: string,
): Promise<readonly (readonly [string, Readonly<Record<string, string>>])[]> {
  const identified = z.object({ id: z.string() })
  const { id } = await registerDevice(api, `pod-of-${name}`, { classKey: 'sleep-pod' })
  await api.expect(z.unknown(), 'PUT', `/api/v1/pods/${id}`, { body: podBody({ creditsPerSlot: 1 }) })
  const { block } = await api.expect(z.object({ block: identified }), 'POST', `/api/v1/pods/${id}/blocks`, {
    body: { from: '2099-01-01T00:00:00Z', to: '2099-01-02T00:00:00Z', reason: 'cleaning' },
  })
  await api.expect(z.unknown(), 'POST', `/api/v1/wallets/${userId}/grants`, {
    body: { credits: 10, reason: 'for a booking' },
    headers: { 'idempotency-key': 'credits' },
  })
  const { booking } = await api.expect(z.object({ booking: identified }), 'POST', '/api/v1/bookings', {
    body: { podId: id, start: '2099-02-01T10:00:00Z', end: '2099-02-01T11:00:00Z', userId },
    headers: { 'idempotency-key': 'the first' },
  })
  await until('the booking to be paid', async () => {
    const { text } = await api.call('GET', `/api/v1/bookings/${booking.id}`)
    return text.includes('CONFIRMED') ? true : undefined
  })
  return [
    ['bookings', { id: booking.id }],
    ['pods', { id, blockId: block.id }],
  ]
}

async function publishOnce(mqttPort: number, device: DeviceAccess, payload: string): Promise<void> {
  const client = await connectDevice(mqttPort, device)
  await publishAndWait(client, device.topic, payload)
  await client.disconnect()
}

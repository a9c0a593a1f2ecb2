import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait, publishBytes } from './harness/acked-client.ts'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { type DescribedOperation, describedOperations, fill, sampleOf } from './harness/openapi.ts'
import { podBody } from './harness/pods.ts'
import { createOrganization, deadLettersOf, type DeviceAccess, registerDevice } from './harness/resources.ts'
import type { TestPlatform } from './harness/platform.ts'
import { startPayments } from '../sim/payments/server.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const password = 'belongs-to-org-b-42'
const classBody = {
  name: 'x',
  topics: { telemetry: 'x/{device}' },
  decode: { shape: 'readings' },
  ports: [{ port: 1, name: 'x' }],
}
const alwaysBad = { severity: 'info', condition: { kind: 'above', port: 1, value: 0 } }
const weekly = { days: ['mon'], startTime: '08:00', endTime: '10:00' }
/** Where the least that the schema lets through is not enough. */
const bodies: Readonly<Record<string, unknown>> = {
  compatUpdateSchedule: { isActive: true },
  putPod: podBody({ creditsPerSlot: 1 }),
  updateDeviceClass: classBody,
  setOverride: { value: 1, durationMs: 1000 },
  updateAlertRule: { name: 'x', scope: {}, ...alwaysBad },
  updateSchedule: { deviceId: 'sample', ...weekly },
}

/** What is the same for everybody has no ids of an organization's. */
const ofThePlatform: ReadonlySet<string> = new Set(['device-class-templates'])

const secret = 'of-the-sandbox-42'
const sandbox = await startPayments({ port: 0, secret })
afterAll(async () => sandbox[Symbol.asyncDispose]())

describe('the ids of organization A', () => {
  const running = usePlatform({
    environment: { PAYMENTS_SANDBOX_URL: sandbox.url, PAYMENTS_SANDBOX_SECRET: secret },
  })
  let a: ApiClient
  /** An administrator of organization B, and a platform administrator who names B. */
  let others: readonly { readonly who: string; readonly api: ApiClient }[]
  let operations: readonly DescribedOperation[]
  let ids: ReadonlyMap<string, Readonly<Record<string, string>>>

  beforeAll(async () => {
    const platform = running()
    a = await createOrganization(platform.api, 'org-a')
    const b = await createOrganization(platform.api, 'org-b')
    const email = 'admin@org-b.example'
    await addUser(b, email, 'org-admin', password)
    others = [
      { who: "B's administrator", api: platform.api.signedInAs(email, password) },
      { who: 'a platform administrator in B', api: b },
    ]
    operations = (await describedOperations(platform.api)).filter(
      ({ isScoped, path }) => isScoped && path.includes('{') && !ofThePlatform.has(kindOf(path)),
    )
    ids = await resourcesOf(a, platform)
  })

  const pathFor = (operation: DescribedOperation, values: Readonly<Record<string, string>>): string =>
    fill(operation.path, { port: '1', ...values }) + operation.query

  const callOf = (operation: DescribedOperation): { body?: unknown; headers: Record<string, string> } => ({
    // Another each time: with the same one an answer is the one before.
    headers: { 'idempotency-key': randomUUID() },
    ...(operation.bodySchema === undefined
      ? {}
      : { body: bodies[operation.id] ?? sampleOf(operation.bodySchema) }),
  })

  it('exist for every kind of resource that the API has routes for', () => {
    const kinds = new Set(operations.map(({ path }) => kindOf(path)))
    expect([...kinds].filter((kind) => !ids.has(kind))).toEqual([])
    expect(operations.length).toBeGreaterThan(12)
  })

  it('are missing for everybody else on every route, in the same words as ids that never were', async () => {
    const before = await everythingOf(a)
    for (const { who, api } of others) {
      for (const operation of operations) {
        const values = ids.get(kindOf(operation.path)) ?? {}
        const call = callOf(operation)
        const foreign = await api.call(operation.method, pathFor(operation, values), call)
        const missing = await api.call(operation.method, pathFor(operation, {}), call)
        expect({ who, operation: operation.id, ...shapeOf(foreign, values) }).toEqual({
          who,
          operation: operation.id,
          ...shapeOf(missing, {}),
        })
        expect(foreign.status, `${who}, ${operation.id}: ${foreign.text}`).toBe(404)
      }
    }
    expect(await everythingOf(a)).toEqual(before)
  })

  it('are not reached by naming A in the header either', async () => {
    const [insider] = others
    const named = { 'x-organization': a.organization ?? '' }
    const unknown = { 'x-organization': 'nobody' }
    for (const operation of operations) {
      const path = pathFor(operation, ids.get(kindOf(operation.path)) ?? {})
      const call = callOf(operation)
      const foreign = await insider?.api.call(operation.method, path, {
        ...call,
        headers: { ...call.headers, ...named },
      })
      const missing = await insider?.api.call(operation.method, path, {
        ...call,
        headers: { ...call.headers, ...unknown },
      })
      expect({ id: operation.id, status: foreign?.status }).toEqual({ id: operation.id, status: 404 })
      expect(foreign?.text.replace(requestId, '')).toBe(missing?.text.replace(requestId, ''))
    }
  })

  it('find nothing in filters of lists', async () => {
    const device = ids.get('devices')?.['id'] ?? ''
    for (const { api } of others) {
      expect((await api.call('GET', `/api/v1/dead-letters?deviceId=${device}`)).body).toEqual({ items: [] })
      expect((await api.call('GET', '/api/v1/devices?classKey=class-of-a')).body).toEqual({ items: [] })
      expect((await api.call('GET', '/api/v1/replays')).body).toEqual({ items: [] })
      const body = { deviceId: device }
      expect((await api.call('POST', '/api/v1/replays', { body })).status).toBe(422)
      expect((await api.call('DELETE', `/api/v1/dead-letters?deviceId=${device}`)).body).toEqual({
        removed: 0,
      })
    }
  })
})

const requestId = /"requestId":"[^"]+"/

/** Those of apps of before begin with `/api` alone. */
const kindOf = (path: string): string =>
  (path.startsWith('/api/v1/') ? path.split('/')[3] : path.split('/')[2]) ?? ''

/** The answer without what differs from call to call: the request's id and the id that was asked for. */
function shapeOf({ status, text }: Answer, values: Readonly<Record<string, string>>): object {
  let shape = text.replace(requestId, '')
  for (const value of Object.values(values)) shape = shape.replaceAll(value, 'nobody')
  return { status, shape }
}

async function resourcesOf(
  api: ApiClient,
  { mqttPort }: Pick<TestPlatform, 'mqttPort'>,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  await api.expect(z.unknown(), 'POST', '/api/v1/device-classes', {
    body: { ...classBody, key: 'class-of-a' },
  })
  const device = await registerDevice(api, 'device-of-a')
  await publishOnce(mqttPort, device, 'not json')
  const stray = await connectDevice(mqttPort, device)
  publishBytes(stray, 'x/stranger', '{}')
  const [letter] = await until('a dead letter of A', async () => {
    const found = await deadLettersOf(api)
    return found.length > 0 ? found : undefined
  })
  const identified = z.object({ id: z.string() })
  const unknown = await until('an unknown sender of A', async () => {
    const listed = z.object({ items: z.array(identified) })
    return (await api.expect(listed, 'GET', '/api/v1/unknown-senders')).items[0]
  })
  const replay = await api.expect(identified, 'POST', '/api/v1/replays', { body: { target: 'nowhere' } })
  const purifier = await registerDevice(api, 'purifier-of-a', { classKey: 'air-purifier' })
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
    body: { key: 'channel-of-a', kind: 'in-app', config: {} },
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
    '/api/v1/channels/channel-of-a/test',
  )
  await publishOnce(mqttPort, device, '{"readings":[{"port":1,"value":1}]}')
  const alert = await until('an alert of A', async () => {
    const found = await api.expect(z.object({ items: z.array(identified) }), 'GET', '/api/v1/alerts')
    return found.items[0]
  })
  const notification = await until('a notification of A', async () => {
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
    { body: aSubscription },
  )
  await api.expect(z.unknown(), 'POST', '/api/v1/roles', {
    body: { key: 'role-of-a', name: 'of A', permissions: [] },
  })
  const customer = await addUser(api, 'customer@org-a.example', 'member', password)
  const { serviceAccount } = await api.expect(
    z.object({ serviceAccount: identified }),
    'POST',
    '/api/v1/service-accounts',
    { body: { name: 'of A', role: 'operator' } },
  )
  const { key } = await api.expect(
    z.object({ key: identified }),
    'POST',
    `/api/v1/service-accounts/${serviceAccount.id}/keys`,
    { body: { name: 'of A' } },
  )
  const { key: provisioningKey } = await api.expect(
    z.object({ key: identified }),
    'POST',
    '/api/v1/provisioning-keys',
    { body: { classKey: 'port-monitor' } },
  )
  const { purchase } = await api.expect(z.object({ purchase: identified }), 'POST', '/api/v1/purchases', {
    body: { packageKey: 'small', provider: 'sandbox' },
    headers: { 'idempotency-key': 'one of A' },
  })
  const { key: ingestKey } = await api.expect(z.object({ key: identified }), 'POST', '/api/v1/ingest-keys', {
    body: { name: 'of A', gatewayId: device.id },
  })
  return new Map([
    ['provisioning-keys', { id: provisioningKey.id }],
    ...(await podOf(api, customer)),
    ['purchases', { id: purchase.id }],
    ['roles', { key: 'role-of-a' }],
    ['channels', { key: 'channel-of-a' }],
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
    ['device-classes', { key: 'class-of-a' }],
    ['dead-letters', { id: letter?.id ?? '' }],
    ['replays', { id: replay.id }],
    ['unknown-senders', { id: unknown.id }],
  ])
}

const aSubscription = {
  endpoint: 'https://push.example/send/a',
  keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) },
}

/** A pod of A with a block and a booking. */
async function podOf(
  api: ApiClient,
  userId: string,
): Promise<readonly (readonly [string, Readonly<Record<string, string>>])[]> {
  const identified = z.object({ id: z.string() })
  const { id } = await registerDevice(api, 'pod-of-a', { classKey: 'sleep-pod' })
  await api.expect(z.unknown(), 'PUT', `/api/v1/pods/${id}`, { body: podBody({ creditsPerSlot: 1 }) })
  const { block } = await api.expect(z.object({ block: identified }), 'POST', `/api/v1/pods/${id}/blocks`, {
    body: { from: '2099-01-01T00:00:00Z', to: '2099-01-02T00:00:00Z', reason: 'cleaning' },
  })
  const { booking } = await api.expect(z.object({ booking: identified }), 'POST', '/api/v1/bookings', {
    body: { podId: id, start: '2099-02-01T10:00:00Z', end: '2099-02-01T11:00:00Z', userId },
    headers: { 'idempotency-key': 'one of A' },
  })
  await until('the booking of A to be over, there being no credits', async () => {
    const { text } = await api.call('GET', `/api/v1/bookings/${booking.id}`)
    return text.includes('CANCELLED') ? true : undefined
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

async function everythingOf(api: ApiClient): Promise<unknown> {
  const lists = [
    'devices',
    'device-classes',
    'dead-letters',
    'replays',
    'schedules',
    'unknown-senders',
    'ingest-keys',
    'alerts',
    'alert-rules',
    'channels',
    'maintenance-windows',
    'devices/purifier-of-a/commands',
    'devices/purifier-of-a/override',
    'devices/purifier-of-a/desired',
    'roles',
    'users',
    'service-accounts',
    'provisioning-keys',
    'ledger/entries',
    'pods',
    'pods/pod-of-a/blocks',
    'bookings',
    'purchases',
  ]
  const answers = await Promise.all(lists.map((list) => api.call('GET', `/api/v1/${list}`)))
  return answers.map(({ body, status }) => ({ body, status }))
}

import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { WireClient } from '../nodes/platform/broker/wire-client.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, type DeviceAccess, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const wrappedRule = z.object({ rule: z.object({ id: z.string() }) })
const alertSchema = z.object({
  id: z.string(),
  ruleId: z.string(),
  deviceId: z.string(),
  port: z.int().nullable(),
  status: z.string(),
  firedAt: z.string(),
  resolvedAt: z.string().nullable(),
  value: z.number().nullable(),
  message: z.string(),
})
type SeenAlert = z.output<typeof alertSchema>
const listed = z.object({ items: z.array(alertSchema) })

describe('an alert rule', () => {
  const running = usePlatform()
  let api: ApiClient
  let device: DeviceAccess
  let client: WireClient

  beforeAll(async () => {
    api = await createOrganization(running().api, 'acme')
    device = await registerDevice(api, 'press-1')
    client = await connectDevice(running().mqttPort, device)
  })

  const publish = (value: number, port = 1): Promise<void> =>
    publishAndWait(client, device.topic, JSON.stringify({ readings: [{ port, value }] }))
  const create = async (changes: object): Promise<string> => {
    const body = {
      name: 'hot',
      severity: 'warning',
      scope: { deviceId: 'press-1' },
      condition: { kind: 'above', port: 1, value: 30 },
      message: '{device} is at {value}',
      ...changes,
    }
    return (await api.expect(wrappedRule, 'POST', '/api/v1/alert-rules', { body })).rule.id
  }
  const alertsOf = async (ruleId: string): Promise<readonly SeenAlert[]> =>
    (await api.expect(listed, 'GET', `/api/v1/alerts?ruleId=${ruleId}`)).items
  const open = (ruleId: string): Promise<SeenAlert> =>
    until('an alert', async () => (await alertsOf(ruleId)).find(({ status }) => status !== 'resolved'))

  it('fires with the next reading, is acknowledged, and ends with a reading', async () => {
    const ruleId = await create({})
    await publish(30)
    await publish(31)
    const alert = await open(ruleId)
    expect(alert).toMatchObject({ status: 'firing', port: 1, value: 31, message: 'press-1 is at 31' })
    const body = { note: 'on it' }
    expect((await api.call('POST', `/api/v1/alerts/${alert.id}/acknowledge`, { body })).body).toMatchObject({
      alert: { status: 'acknowledged' },
    })
    await publish(20)
    await expect.poll(() => alertsOf(ruleId)).toMatchObject([{ id: alert.id, status: 'resolved' }])
    expect((await api.call('GET', `/api/v1/alerts/${alert.id}/events`)).body).toMatchObject({
      items: [
        { type: 'fired', actor: { kind: 'system' } },
        { type: 'acknowledged', actor: { kind: 'user' }, note: 'on it' },
        { type: 'resolved', actor: { kind: 'system' } },
      ],
    })
    expect((await api.call('POST', `/api/v1/alerts/${alert.id}/acknowledge`, { body: {} })).status).toBe(409)
  })

  it('opens a new one when somebody has resolved it and the next reading still violates', async () => {
    const ruleId = await create({})
    await publish(31)
    const { id } = await open(ruleId)
    expect((await api.call('POST', `/api/v1/alerts/${id}/resolve`)).status).toBe(200)
    await publish(32)
    await expect
      .poll(() => alertsOf(ruleId))
      .toMatchObject([
        { status: 'firing', value: 32 },
        { id, status: 'resolved' },
      ])
    expect((await api.call('DELETE', `/api/v1/alert-rules/${ruleId}`)).status).toBe(204)
    await expect.poll(() => alertsOf(ruleId)).toMatchObject([{ status: 'resolved' }, { status: 'resolved' }])
    await publish(33)
    await publish(20)
    expect(await alertsOf(ruleId)).toHaveLength(2)
  })

  it('is suppressed while it is silenced', async () => {
    const ruleId = await create({})
    await publish(31)
    const { id } = await open(ruleId)
    const silenced = await api.call('POST', `/api/v1/alerts/${id}/silence`, { body: { forMs: 1000 } })
    expect(silenced.body).toMatchObject({ alert: { status: 'suppressed' } })
    await expect.poll(() => alertsOf(ruleId), { timeout: 5000 }).toMatchObject([{ status: 'firing' }])
    await publish(20)
  })

  it('fires by time alone, also when the process was killed meanwhile', async () => {
    const sustained = await create({ sustainedForMs: 6000 })
    const silent = await create({ condition: { kind: 'no-data', port: 2, forMs: 6000 } })
    const began = Date.now()
    await publish(31)
    await publish(1, 2)
    await running().kill()
    await running().start()
    const [one, other] = await Promise.all([open(sustained), open(silent)])
    for (const { firedAt } of [one, other]) {
      expect(Date.parse(firedAt) - began).toBeGreaterThanOrEqual(6000)
      expect(Date.parse(firedAt) - began).toBeLessThan(8000)
    }
    expect(await alertsOf(sustained)).toHaveLength(1)
    client = await connectDevice(running().mqttPort, device)
    await publish(20)
    await publish(1, 2)
    await expect.poll(() => alertsOf(sustained)).toMatchObject([{ status: 'resolved' }])
    await expect.poll(() => alertsOf(silent)).toMatchObject([{ status: 'resolved' }])
  })

  it('is refused when it makes no sense, by the name of the field', async () => {
    const wrong = async (changes: object): Promise<string> => {
      const answer = await api.call('POST', '/api/v1/alert-rules', {
        body: {
          name: 'x',
          severity: 'info',
          scope: {},
          condition: { kind: 'above', port: 1, value: 1 },
          ...changes,
        },
      })
      return `${answer.status} ${answer.text}`
    }
    expect(await wrong({ colour: 'red' })).toMatch(/^400 .*colour/)
    expect(await wrong({ scope: { deviceId: 'nobody' } })).toMatch(/^422 .*body\.scope\.deviceId/)
    expect(await wrong({ scope: { deviceId: 'press-1', tag: 'x' } })).toMatch(/^400 .*body\.scope/)
    expect(await wrong({ condition: { kind: 'above', port: 1, value: 1, clearAt: 2 } })).toMatch(
      /^400 .*clearAt/,
    )
    expect(
      await wrong({ activeHours: { timeZone: '+01:00', days: ['mon'], from: '08:00', to: '09:00' } }),
    ).toMatch(/^400 .*timeZone/)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bookingView } from '../nodes/booking/booking.ts'
import { podCodesView } from '../nodes/access/pod-codes.ts'
import { NO_FAULTS } from '../sim/fault-plan.ts'
import { type Fleet, startFleet } from '../sim/fleet.ts'
import type { ApiClient } from './harness/api-client.ts'
import { podBody } from './harness/pods.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const password = 'sleeps-in-a-pod-42'
const hour = 3_600_000
const notices = z.object({ items: z.array(z.object({ type: z.string(), text: z.string() })) })
const alerts = z.object({
  items: z.array(z.object({ id: z.string(), ruleId: z.string(), status: z.string() })),
})
const wrapped = z.object({ booking: bookingView })
const pod = podBody({ accessMode: 'offline' })
const iso = (ms: number): string => new Date(ms).toISOString()

describe('a pod that judges codes by itself', () => {
  const running = usePlatform()
  let api: ApiClient
  let ada: ApiClient
  let fleet: Fleet
  let keys = 0

  beforeAll(async () => {
    const { api: root, mqttPort } = running()
    api = await createOrganization(root, 'acme')
    const adaId = await addUser(api, 'ada@acme.example', 'member', password)
    ada = root.signedInAs('ada@acme.example', password)
    const device = await registerDevice(api, 'pod-1', { classKey: 'sleep-pod' })
    await api.expect(z.unknown(), 'PUT', '/api/v1/pods/pod-1', { body: pod })
    await api.call('POST', `/api/v1/wallets/${adaId}/grants`, {
      body: { credits: 100, reason: 'welcome' },
      headers: { 'idempotency-key': 'g' },
    })
    fleet = startFleet({
      mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
      members: [{ deviceId: 'pod-1', password: device.password, orgId: device.orgId, classKey: 'sleep-pod' }],
      seed: 'offline',
      faults: NO_FAULTS,
    })
    await fleet.ready
  })
  afterAll(() => fleet.stop())

  /** Stays are of two hours, so that this one is not over before it was looked at. */
  const thisHour = (): number => Math.floor(Date.now() / hour) * hour
  async function book(startMs: number): Promise<{ id: string; code: string }> {
    const answer = await ada.call('POST', '/api/v1/bookings', {
      body: { podId: 'pod-1', start: iso(startMs), end: iso(startMs + 2 * hour) },
      headers: { 'idempotency-key': `k${(keys += 1)}` },
    })
    const { id } = wrapped.parse(answer.body).booking
    await settled(id, 'CONFIRMED')
    const { code } = await ada.expect(
      z.object({ code: z.string() }),
      'GET',
      `/api/v1/bookings/${id}/access-code`,
    )
    return { id, code }
  }
  const settled = (id: string, status: string) =>
    until(`${id} to be ${status}`, async () => {
      const { booking } = await ada.expect(wrapped, 'GET', `/api/v1/bookings/${id}`)
      return booking.status === status ? booking : undefined
    })
  const codes = () => api.expect(podCodesView, 'GET', '/api/v1/pods/pod-1/codes')
  /** The pod has it, or has heard that it is taken back: what bookings say is true a moment earlier. */
  const known = (id: string, wanted: 'live' | 'revoked') =>
    until(`the code of ${id} to be ${wanted} at the pod`, async () => {
      const { items } = await codes()
      const isSo = (wanted === 'live') === (items.find(({ bookingId }) => bookingId === id)?.isHeld ?? null)
      return isSo && items.some(({ bookingId, status }) => bookingId === id && status === wanted)
        ? items
        : undefined
    })

  it('lets its guest in without asking, and the platform hears of it', async () => {
    const { code, id } = await book(thisHour())
    await known(id, 'live')
    fleet.person('pod-1', { kind: 'keypad', code: code === '739151' ? '739152' : '739151' })
    fleet.person('pod-1', { kind: 'keypad', code })
    await settled(id, 'INPROGRESS')
    await until('the wrong code to count', async () => {
      const { body } = await api.call('GET', '/api/v1/pods/pod-1/keypad')
      return JSON.stringify(body).includes('"wrongCodes":1') || undefined
    })
    const log = await api.call('GET', '/api/v1/devices/pod-1/commands')
    expect(log.text).toContain('provisionCodes')
    expect(log.text).not.toContain('openDoor')
    expect(log.text).not.toContain(code)
    expect(log.text).not.toContain('hash')
  })

  it('has its guest told the code, in his language, and nobody else', async () => {
    const preferences = { channels: {}, language: 'fr' }
    await ada.call('PUT', '/api/v1/me/notification-preferences', { body: preferences })
    const { code, id } = await book(thisHour() + 6 * hour)
    const notice = await until('the notice', async () => {
      const { items } = await ada.expect(notices, 'GET', '/api/v1/me/notifications')
      return items.find(({ text }) => text.includes(code))
    })
    expect(notice.text).toContain('Le code de la porte est')
    const deliveries = await api.call('GET', '/api/v1/deliveries')
    expect(deliveries.text).toContain('booking.code')
    expect(deliveries.text).not.toContain(code)
    expect((await api.call('GET', '/api/v1/me/notifications')).text).not.toContain(code)
    await ada.call('POST', `/api/v1/bookings/${id}/cancel`, { body: {} })
    await until('the code to be gone', async () => {
      const { items } = await ada.expect(notices, 'GET', '/api/v1/me/notifications')
      return items.some(({ type }) => type === 'booking.cancelled') || undefined
    })
    expect((await ada.call('GET', '/api/v1/me/notifications')).text).not.toContain(code)
  })

  it('raises an alert when somebody guesses, which ends with an operator', async () => {
    for (let n = 0; n < 6; n += 1) fleet.person('pod-1', { kind: 'keypad', code: '739151' })
    const alert = await until('the alert', async () => {
      const { items } = await api.expect(alerts, 'GET', '/api/v1/alerts?deviceId=pod-1')
      return items.find(({ ruleId, status }) => ruleId === 'access:lock-out' && status === 'firing')
    })
    expect((await api.call('POST', '/api/v1/pods/pod-1/unlock-keypad')).status).toBe(200)
    await until('the alert to end', async () => {
      const { items } = await api.expect(alerts, 'GET', '/api/v1/alerts?deviceId=pod-1')
      return items.find(({ id, status }) => id === alert.id && status === 'resolved')
    })
  })

  it('is told when a booking is cancelled, and since when the code is gone can be said', async () => {
    const { code, id } = await book(thisHour() + 3 * hour)
    await known(id, 'live')
    await ada.call('POST', `/api/v1/bookings/${id}/cancel`, { body: {} })
    const items = await known(id, 'revoked')
    const revoked = items.find(({ bookingId }) => bookingId === id)
    expect(revoked?.status).toBe('revoked')
    expect(Date.parse(revoked?.exposedUntil ?? '')).toBeLessThanOrEqual(Date.now())
    expect(JSON.stringify(await codes())).not.toContain(code)
    expect((await ada.call('GET', '/api/v1/pods/pod-1/codes')).status).toBe(403)
  })
})

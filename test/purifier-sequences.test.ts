import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commandView } from '../nodes/commands/command.ts'
import { weekdays } from '../nodes/schedules/window.ts'
import { type Fleet, startFleet } from '../sim/fleet.ts'
import type { ApiClient } from './harness/api-client.ts'
import { createOrganization, latestSchema, registerDevice } from './harness/resources.ts'
import { usePlatform } from './harness/use-platform.ts'

const id = 'purifier-1'
const ackTimeoutMs = 700
const wrapped = z.object({ command: commandView })
const created = z.object({ schedule: z.object({ id: z.string() }) })

/** What the system before did, with the simulator at the other end of real MQTT. */
describe('purifiers of the simulator', () => {
  const running = usePlatform({ environment: { COMMAND_ACK_TIMEOUT_MS: String(ackTimeoutMs) } })
  let api: ApiClient
  let fleet: Fleet

  beforeAll(async () => {
    api = await createOrganization(running().api, 'acme')
    const { password } = await registerDevice(api, id, { classKey: 'air-purifier' })
    await registerDevice(api, 'away', { classKey: 'air-purifier' })
    fleet = startFleet({
      mqttUrl: `mqtt://127.0.0.1:${running().mqttPort}`,
      members: [{ deviceId: id, password, orgId: 'acme', classKey: 'air-purifier' }],
      intervalMs: 500,
      seed: 'sequences',
      faults: {},
    })
    await fleet.ready
  })
  afterAll(() => fleet.stop())

  const get = async (path: string): Promise<unknown> => (await api.call('GET', path)).body
  const reports = (reported: object): Promise<void> =>
    expect.poll(() => get(`/api/v1/devices/${id}/state`), { timeout: 15_000 }).toMatchObject({ reported })

  it('measure, and what they measure can be read', async () => {
    const ports = async (): Promise<readonly number[]> =>
      (await api.expect(latestSchema, 'GET', `/api/v1/devices/${id}/latest`)).items.map(({ port }) => port)
    await expect.poll(ports, { timeout: 15_000 }).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('are turned on and off by a schedule', async () => {
    const body = { deviceId: id, days: [...weekdays], startTime: '00:00', endTime: '00:00', fanSpeed: 4 }
    const answer = await api.call('POST', '/api/v1/schedules', { body })
    await reports({ powerOn: true, fanSpeed: 4 })
    const { schedule } = created.parse(answer.body)
    expect((await api.call('DELETE', `/api/v1/schedules/${schedule.id}`)).status).toBe(204)
    await reports({ powerOn: false })
  })

  it('pre-clean 2 → 5 → 2', async () => {
    for (const command of [{ action: 'turnOn' }, { action: 'setFanSpeed', value: 2 }])
      await api.call('POST', `/api/v1/devices/${id}/commands`, {
        body: command,
        headers: { Prefer: 'wait=10' },
      })
    await reports({ powerOn: true, fanSpeed: 2 })
    const body = { deviceId: id, fanMode: 5, duration: 0.05 }
    expect((await api.call('POST', '/api/preclean', { body })).status).toBe(200)
    await reports({ powerOn: true, fanSpeed: 5 })
    await reports({ powerOn: true, fanSpeed: 2 })
    expect(await get(`/api/preclean/status/${id}`)).toMatchObject({ isActive: false })
  })

  it('refuse what they cannot do, and say so', async () => {
    const body = { action: 'setFanSpeed', value: 9 }
    const answer = await api.call('POST', `/api/v1/devices/${id}/commands`, { body })
    expect(answer.status).toBe(422)
  })

  it('that are away are asked three times, and then the command has timed out', async () => {
    const startedMs = performance.now()
    const answer = await api.call('POST', '/api/v1/devices/away/commands', {
      body: { action: 'turnOn' },
      headers: { Prefer: 'wait=30' },
    })
    const { command } = wrapped.parse(answer.body)
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(3 * ackTimeoutMs)
    expect(command).toMatchObject({ status: 'timeout', retryCount: 2 })
    const [first = 0, ...others] = command.attempts.map(({ at }) => Date.parse(at))
    for (const [n, at] of others.entries()) {
      expect(at - first).toBeGreaterThanOrEqual((n + 1) * ackTimeoutMs)
      expect(at - first).toBeLessThan((n + 1) * ackTimeoutMs + 3000)
    }
  })
})

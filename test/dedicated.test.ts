import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import { fleetloom } from './harness/fleetloom.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'

const latest = z.object({ items: z.array(z.object({ port: z.int() })) })
const devices = z.object({ items: z.array(z.object({ id: z.string() })) })
const verdict = z.object({ isIntact: z.literal(true), entries: z.int().min(1) })

describe('an organization with a database of its own', () => {
  const running = usePlatform()
  const fileOf = (orgId: string): string => path.join(running().dataDir, `store/org-${orgId}.db`)

  it('works like any other, before and after a restart, and its documents are in its file', async () => {
    const body = { id: 'fenced', name: 'Fenced', isolation: 'dedicated' }
    expect((await running().api.call('POST', '/api/v1/organizations', { body })).status).toBe(201)
    expect(existsSync(fileOf('fenced'))).toBe(true)
    const api = running().api.in('fenced')
    const device = await registerDevice(api, 'inside')
    const other = await createOrganization(running().api, 'beside')
    expect((await other.call('GET', '/api/v1/devices/inside')).status).toBe(404)
    // Ids are one list for the platform, in whatever file they are.
    const again = { body: { id: 'inside', classKey: 'port-monitor', name: 'x' } }
    expect((await other.call('POST', '/api/v1/devices', again)).status).toBe(409)
    await running().kill('SIGKILL')
    await running().start()
    const client = await connectDevice(running().mqttPort, device)
    await publishAndWait(client, device.topic, '{"readings":[{"port":1,"value":21}]}')
    await until('the reading', async () => {
      const { items } = await api.expect(latest, 'GET', '/api/v1/devices/inside/latest')
      return items.length === 1 ? true : undefined
    })
    await client.disconnect()
    verdict.parse((await api.call('GET', '/api/v1/audit/verify')).body)
  }, 90_000)

  it('moves to the others and back while the platform is down, and is refused while it runs', async () => {
    const environment = { DATA_DIR: running().dataDir }
    const move = (to: string) => fleetloom(['organization', 'move', 'fenced', '--to', to], environment)
    expect(await move('pooled')).toEqual({ code: 1, text: expect.stringContaining('stop it first') })
    await running().kill('SIGTERM')
    for (const to of ['pooled', 'dedicated', 'pooled']) {
      const moved = await move(to)
      expect(moved).toEqual({ code: 0, text: expect.stringMatching(/fenced: [1-9]\d* documents moved/) })
      expect(existsSync(fileOf('fenced'))).toBe(to === 'dedicated')
    }
    await running().start()
    const api = running().api.in('fenced')
    const { items } = await api.expect(devices, 'GET', '/api/v1/devices')
    expect(items.map(({ id }) => id)).toEqual(['inside'])
    verdict.parse((await api.call('GET', '/api/v1/audit/verify')).body)
    expect((await fleetloom(['organization', 'move', 'fenced'], environment)).code).toBe(2)
  }, 90_000)

  it('goes to another installation by a file, with its readings and its audit', async () => {
    const file = path.join(running().dataDir, 'fenced.fleetloom')
    const here = { DATA_DIR: running().dataDir }
    const there = { DATA_DIR: path.join(running().dataDir, 'another') }
    const organization = (environment: typeof here, ...words: readonly string[]) =>
      fleetloom(['organization', ...words], environment)
    expect(await organization(here, 'export', 'fenced', file)).toMatchObject({ code: 1 })
    await running().kill('SIGTERM')
    const exported = await organization(here, 'export', 'fenced', file)
    expect(exported).toEqual({ code: 0, text: expect.stringMatching(/[1-9]\d* documents, 1 readings/) })
    expect((await organization(here, 'import', file)).text).toContain('There is an organization fenced here')
    const imported = await organization(there, 'import', file, '--to', 'dedicated')
    expect(imported).toEqual({ code: 0, text: expect.stringContaining('fenced is here') })
    expect(existsSync(path.join(there.DATA_DIR, 'store/org-fenced.db'))).toBe(true)
    const verified = await fleetloom(['audit', 'verify', '--organization', 'fenced'], there)
    expect(verified).toEqual({ code: 0, text: expect.stringContaining('intact') })
    await running().start()
  }, 240_000)

  it('is removed on the command line, and leaves its id, its name and its file to whoever comes next', async () => {
    const environment = { DATA_DIR: running().dataDir }
    const organization = (...words: readonly string[]) => fleetloom(['organization', ...words], environment)
    expect((await organization('remove', 'fenced', '--yes')).text).toContain('stop it first')
    await running().kill('SIGTERM')
    expect((await organization('move', 'fenced', '--to', 'dedicated')).code).toBe(0)
    expect(await organization('remove', 'fenced')).toEqual({
      code: 1,
      text: expect.stringContaining('add --yes'),
    })
    expect(existsSync(fileOf('fenced'))).toBe(true)
    const removed = await organization('remove', 'fenced', '--yes')
    expect(removed).toEqual({ code: 0, text: expect.stringMatching(/fenced is removed: [1-9]\d* documents/) })
    expect(existsSync(fileOf('fenced'))).toBe(false)
    const missing = { code: 1, text: expect.stringContaining('There is no organization fenced.') }
    expect(await organization('remove', 'fenced', '--yes')).toEqual(missing)
    await running().start()
    const gone = await running().api.in('fenced').call('GET', '/api/v1/devices')
    expect(gone.status).toBe(404)
    const trail = z.object({ items: z.array(z.object({ resource: z.string(), actor: z.unknown() })) })
    const { items } = await running().api.expect(trail, 'GET', '/api/v1/audit?resource=organizations/fenced')
    expect(items).toMatchObject([{ actor: { kind: 'command-line' } }])
    const body = { id: 'fenced', name: 'Fenced', isolation: 'dedicated' }
    expect((await running().api.call('POST', '/api/v1/organizations', { body })).status).toBe(201)
    await registerDevice(running().api.in('fenced'), 'inside')
    expect(
      (await running().api.in('fenced').expect(latest, 'GET', '/api/v1/devices/inside/latest')).items,
    ).toEqual([])
  }, 120_000)
})

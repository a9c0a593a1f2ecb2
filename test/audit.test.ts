import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from './harness/api-client.ts'
import { fleetloom } from './harness/fleetloom.ts'
import { startPlatform, type TestPlatform } from './harness/platform.ts'
import { seededRandom } from './harness/random.ts'
import { createOrganization } from './harness/resources.ts'
import { until } from './harness/until.ts'

/** `AUDIT_KILLS=50` for as many as one wants. */
const kills = Number(process.env['AUDIT_KILLS'] ?? 3)
const writers = 6

const shown = z.record(z.string(), z.unknown())
const entries = z.object({
  items: z.array(
    z.object({ id: z.string(), resource: z.string(), before: shown.optional(), after: shown.optional() }),
  ),
  nextCursor: z.string().optional(),
})
type Entry = z.output<typeof entries>['items'][number]
const devices = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), tags: z.array(z.string()) })),
})
const byId = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : 1
const verdict = z.object({ isIntact: z.boolean(), entries: z.int(), firstBroken: z.string().optional() })

describe('the audit', () => {
  let platform: TestPlatform
  let api: ApiClient
  beforeAll(async () => {
    platform = await startPlatform()
    api = await createOrganization(platform.api, 'audited')
  })
  afterAll(() => platform.dispose())

  it(
    `has every change and no other, though the process is killed ${kills} times amid them`,
    async () => {
      const random = seededRandom('audit')
      const over = new AbortController()
      let answered = 0
      const change = async (): Promise<void> => {
        const id = `d${random.between(1, 12)}`
        const call = random.pick([
          () => api.call('POST', '/api/v1/devices', { body: { id, classKey: 'port-monitor', name: id } }),
          () =>
            api.call('PATCH', `/api/v1/devices/${id}`, { body: { name: `${id}-${random.between(1, 99)}` } }),
          () => api.call('PATCH', `/api/v1/devices/${id}`, { body: { tags: [`t${random.between(1, 99)}`] } }),
          () => api.call('POST', `/api/v1/devices/${id}/credential`),
          () => api.call('DELETE', `/api/v1/devices/${id}`),
        ])
        const { status } = await call()
        if (status < 300) answered += 1
      }
      const write = async (): Promise<void> => {
        // Whoever is cut off tries something else: what has become of the change is what is to be seen.
        while (!over.signal.aborted) await change().catch(() => delay(50))
      }
      const writing = Array.from({ length: writers }, write)
      for (let kill = 0; kill < kills; kill += 1) {
        await delay(random.between(200, 900))
        await platform.kill('SIGKILL')
        await platform.start()
      }
      over.abort()
      await Promise.all(writing)
      const registered = devices.parse((await api.call('GET', '/api/v1/devices?limit=1000')).body).items
      // What the last one that was killed has left on documents is brought within seconds.
      const trail = await until('the audit to have everything', async () => {
        const all = (await everyEntry(api)).toReversed()
        return isDeepStrictEqual(leftBy(all), registered.toSorted(byId)) ? all : undefined
      })
      const standing = new Map<string, unknown>()
      for (const { after, before, id, resource } of trail) {
        // What an entry says was there is what the one before it left: none is missing, none is too many.
        expect({ id, resource, before }).toEqual({ id, resource, before: standing.get(resource) })
        standing.set(resource, after)
      }
      const verified = verdict.parse((await api.call('GET', '/api/v1/audit/verify')).body)
      expect(verified).toEqual({ isIntact: true, entries: trail.length })
      process.stdout.write(`${trail.length} entries, ${answered} changes answered, ${kills} kills\n`)
    },
    60_000 + kills * 30_000,
  )

  it('names the entry in which one byte was changed in the file', async () => {
    await platform.kill('SIGTERM')
    const before = await fleetloom(['audit', 'verify'], { DATA_DIR: platform.dataDir })
    expect(before).toEqual({ code: 0, text: expect.not.stringContaining('BROKEN') })
    const victim = alterOneByte(path.join(platform.dataDir, 'store/store.db'), api.organization ?? '')
    const checked = await fleetloom(['audit', 'verify'], { DATA_DIR: platform.dataDir })
    expect(checked.text).toContain(`BROKEN from entry ${victim} on`)
    expect(checked.code).toBe(1)
    await platform.start()
    const verified = verdict.parse((await api.call('GET', '/api/v1/audit/verify')).body)
    expect(verified).toMatchObject({ isIntact: false, firstBroken: victim })
  }, 60_000)

  it('has acts that change no document', async () => {
    const acting = await createOrganization(platform.api, 'acting')
    await acting.expect(z.unknown(), 'POST', '/api/v1/devices', {
      body: { id: 'old', classKey: 'port-monitor', name: 'old' },
    })
    const bytes = 'ts,port,value\n2026-01-05T08:00:00Z,1,20\n'
    expect((await acting.call('POST', '/api/v1/devices/old/history', { bytes })).status).toBe(200)
    expect((await acting.call('POST', '/api/v1/archive/run')).status).toBe(202)
    const { items } = await acting.expect(entries, 'GET', '/api/v1/audit?limit=2')
    expect(items.map(({ resource }) => resource)).toEqual(['archive', 'devices/old/history'])
  })

  it('has who made and revoked a key of a service account, without the key, and nobody who signed in', async () => {
    const machines = await createOrganization(platform.api, 'machines')
    const post = <T>(what: z.ZodType<T>, where: string, body: object): Promise<T> =>
      machines.expect(what, 'POST', `/api/v1/service-accounts${where}`, { body })
    const identified = z.object({ id: z.string() })
    const body = { name: 'exporter', role: 'operator' }
    const { serviceAccount } = await post(z.object({ serviceAccount: identified }), '', body)
    const made = await post(z.object({ key: identified, secret: z.string() }), `/${serviceAccount.id}/keys`, {
      name: 'nightly',
    })
    await machines.call('GET', '/api/v1/devices', { as: `Bearer ${made.secret}` })
    await machines.call('DELETE', `/api/v1/service-accounts/${serviceAccount.id}/keys/${made.key.id}`)
    const trail = (await everyEntry(machines)).toSorted(byId)
    const of = `sign-ins/${made.key.id}`
    expect(trail.map(({ resource }) => resource)).toEqual([
      'organizations/' + (machines.organization ?? ''),
      `service-accounts/${serviceAccount.id}`,
      of,
      of,
    ])
    const [created, revoked] = trail.slice(2)
    expect(created).toMatchObject({ after: { name: 'nightly', userId: serviceAccount.id } })
    expect(created).not.toHaveProperty('before')
    expect(revoked).toMatchObject({ before: { name: 'nightly' } })
    expect(revoked).not.toHaveProperty('after')
    expect(JSON.stringify(trail)).not.toContain(made.secret)
  }, 60_000)
})

/** The devices that there are by what the entries say. */
function leftBy(trail: readonly Entry[]): unknown {
  const standing = new Map<string, unknown>()
  for (const { after, resource } of trail.filter((entry) => entry.resource.startsWith('devices/')))
    if (after === undefined) standing.delete(resource)
    else standing.set(resource, after)
  return devices.shape.items.parse([...standing.values()]).toSorted(byId)
}

async function everyEntry(api: ApiClient): Promise<readonly Entry[]> {
  const all: Entry[] = []
  let cursor = ''
  for (;;) {
    const page = entries.parse((await api.call('GET', `/api/v1/audit?limit=1000${cursor}`)).body)
    all.push(...page.items)
    if (page.nextCursor === undefined) return all
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
}

/** Somewhere in one entry, past the database; the result is its id. */
function alterOneByte(file: string, orgId: string): string {
  const random = seededRandom('one byte')
  const database = new DatabaseSync(file)
  const rows = database.prepare('SELECT id, doc FROM c_audit WHERE org = ? ORDER BY id').all(orgId)
  database.close()
  const { doc, id } = rows[random.between(0, rows.length - 1)] ?? {}
  if (!(doc instanceof Uint8Array)) throw new Error('there is no entry')
  const bytes = readFileSync(file)
  const offset = random.between(0, doc.length - 1)
  const bit = 1 << random.between(0, 7)
  // A copy of before may be about on pages that are free by now.
  for (let at = bytes.indexOf(doc); at !== -1; at = bytes.indexOf(doc, at + 1))
    bytes[at + offset] = (bytes[at + offset] ?? 0) ^ bit
  writeFileSync(file, bytes)
  return String(id)
}

import path from 'node:path'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isMongoMissing, mongoServerName, startMongoServer } from '../engines/mongo/testing/server.fixture.ts'
import type { MongoServer } from '../engines/mongo/testing/server.fixture.ts'
import { isRedisMissing, type RedisServer, startRedis } from '../engines/redis/server.fixture.ts'
import { connectDevice, publishAndWait } from './harness/acked-client.ts'
import type { ApiClient } from './harness/api-client.ts'
import { fleetloom } from './harness/fleetloom.ts'
import { startPlatform, TestPlatform } from './harness/platform.ts'
import { alwaysBad } from './harness/resources-of.ts'
import { registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { addUser } from './harness/users.ts'

const listed = z.object({ items: z.array(z.record(z.string(), z.unknown())) })
const seen = z.object({ lastSeen: z.string().nullable() })
const verdict = z.object({ isIntact: z.literal(true), entries: z.int().min(1) })
/** Where the database of all names an organization that has its own: ids that nobody else may have, users, readings. */
const ofAll = [
  'devices',
  'engine.databases',
  'organizations',
  'registry_changes',
  'series.days',
  'series.devices',
  'series.readings',
  'users',
]
const secrets = {
  JWT_SECRET: 'a4Jr8vQ2mZx7Lk0pWc5TnB9sYd3HgF6uEi1O',
  CREDENTIAL_SECRET: 'h7Kd2wXs9Vb4Qe6Rt1Yu8Io3Pa5Lm0NzCj',
}

describe.skipIf(isMongoMissing || isRedisMissing)(
  `On MongoDB and Redis (${mongoServerName}), an organization with a database of its own and one without`,
  () => {
    let mongo: MongoServer
    let redis: RedisServer
    let client: MongoClient
    let platform: TestPlatform
    let environment: Readonly<Record<string, string>>
    const database = `dedicated-${process.pid}`
    const own = `${database}-org-fenced`
    beforeAll(async () => {
      ;[mongo, redis] = await Promise.all([startMongoServer(), startRedis()])
      client = await new MongoClient(mongo.url).connect()
      environment = { MONGO_URL: `${mongo.url}/${database}`, REDIS_URL: redis.url, ...secrets }
      platform = await startPlatform({ environment })
    }, 120_000)
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(platform.log.slice(-6000))
    })
    afterAll(async () => {
      await platform.dispose()
      await client.close()
      await redis[Symbol.asyncDispose]()
      await mongo.close()
    })

    /** Something of everything, each with the organization's name in it. */
    const fill = async (name: string, isolation: string): Promise<void> => {
      const anything = z.unknown()
      const body = { id: name, name, isolation }
      await platform.api.expect(anything, 'POST', '/api/v1/organizations', { body })
      const api = platform.api.in(name)
      const device = await registerDevice(api, `${name}-monitor`)
      await registerDevice(api, `${name}-purifier`, { classKey: 'air-purifier' })
      await addUser(api, `operator@${name}.example`, 'operator', `of-${name}-and-nobody-else`)
      await api.expect(anything, 'POST', '/api/v1/alert-rules', {
        body: { name: `rule of ${name}`, scope: { deviceId: device.id }, ...alwaysBad },
      })
      await api.expect(anything, 'POST', `/api/v1/devices/${name}-purifier/commands`, {
        body: { action: 'turnOn', whenOffline: 'hold' },
      })
      const connection = await connectDevice(platform.mqttPort, device)
      await publishAndWait(connection, device.topic, '{"readings":[{"port":1,"value":21}]}')
      await publishAndWait(connection, device.topic, `not json of ${name}`)
      await connection.disconnect()
      for (const kind of ['alerts', 'dead-letters', `devices/${device.id}/latest`])
        await until(`${kind} of ${name}`, async () =>
          (await api.get(listed, `/api/v1/${kind}`)).items.length > 0 ? true : undefined,
        )
      await until(`when ${name}'s device was heard of`, async () =>
        (await api.get(seen, `/api/v1/devices/${device.id}/state`)).lastSeen === null ? undefined : true,
      )
    }
    const contentOf = async (api: ApiClient, name: string): Promise<Readonly<Record<string, unknown>>> => {
      const kinds = [
        'devices',
        'users',
        'alert-rules',
        'alerts',
        'dead-letters',
        `devices/${name}-purifier/commands`,
        `devices/${name}-monitor/readings`,
        `devices/${name}-monitor/latest`,
      ]
      const lists = await Promise.all(
        kinds.map(async (kind) => [kind, (await api.get(listed, `/api/v1/${kind}`)).items] as const),
      )
      expect(lists.filter(([, items]) => items.length === 0)).toEqual([])
      return Object.fromEntries(lists)
    }
    /** The collections of a database in which something names it. */
    const naming = async (word: string, where: string): Promise<readonly string[]> => {
      const db = client.db(where)
      const names = (await db.listCollections().toArray()).map(({ name }) => name)
      const found: string[] = []
      for (const name of names.toSorted()) {
        const documents = await db.collection(name).find().toArray()
        if (documents.some((document) => JSON.stringify(document).includes(word))) found.push(name)
      }
      return found
    }
    const keysNaming = async (word: string): Promise<readonly string[]> => {
      const keys = new Redis(redis.url)
      const found = await keys.keys(`*${word}*`)
      const heardOf = await keys.hkeys('fl:pulse:seen')
      keys.disconnect()
      return [...found, ...heardOf.filter((id) => id.includes(word))]
    }
    let before: readonly unknown[]
    const bothContents = ({ api } = platform): Promise<readonly unknown[]> =>
      Promise.all(['fenced', 'beside'].map((name) => contentOf(api.in(name), name)))
    const databases = async (): Promise<readonly string[]> =>
      (await client.db().admin().listDatabases()).databases
        .map(({ name }) => name)
        .filter((name) => name.startsWith(database))
        .toSorted()
    const organization = (where: Readonly<Record<string, string>>, ...words: readonly string[]) =>
      fleetloom(['organization', ...words], { DATA_DIR: platform.dataDir, ...where })

    it('keep their documents apart, over a crash', async () => {
      await fill('fenced', 'dedicated')
      await fill('beside', 'pooled')
      before = await bothContents()
      expect(await naming('beside', own)).toEqual([])
      expect(await naming('fenced', own)).toEqual([
        'alert_rules',
        'alerts',
        'audit',
        'audit_heads',
        'commands',
        'dead_letters',
        'device_states',
        'devices',
      ])
      expect(await naming('fenced', database)).toEqual(ofAll)
      await platform.kill('SIGKILL')
      await platform.start()
      expect(await bothContents()).toEqual(before)
      const [fenced, beside] = [platform.api.in('fenced'), platform.api.in('beside')]
      expect((await fenced.call('GET', '/api/v1/devices/beside-monitor')).status).toBe(404)
      expect((await beside.call('GET', '/api/v1/devices/fenced-monitor')).status).toBe(404)
      // Ids are one list for the platform, in whatever database they are.
      const taken = { body: { id: 'fenced-monitor', classKey: 'port-monitor', name: 'x' } }
      expect((await beside.call('POST', '/api/v1/devices', taken)).status).toBe(409)
    }, 240_000)

    it('change places while the platform is down, and not while it runs', async () => {
      const move = (name: string, to: string) => organization(environment, 'move', name, '--to', to)
      expect(await move('fenced', 'pooled')).toEqual({
        code: 1,
        text: expect.stringContaining('stop it first'),
      })
      await platform.kill('SIGTERM')
      for (const [name, to] of [
        ['fenced', 'pooled'],
        ['beside', 'dedicated'],
      ] as const)
        expect(await move(name, to)).toEqual({
          code: 0,
          text: expect.stringMatching(/[1-9]\d* documents moved/),
        })
      expect(await databases()).toEqual([database, `${database}-org-beside`])
      expect(await naming('fenced', `${database}-org-beside`)).toEqual([])
      expect(await naming('beside', database)).toEqual(ofAll)
      await platform.start()
      expect(await bothContents()).toEqual(before)
      for (const name of ['fenced', 'beside'])
        verdict.parse((await platform.api.in(name).call('GET', '/api/v1/audit/verify')).body)
    }, 240_000)

    it('go to another installation by a file each, and there all is as it was here', async () => {
      const there = `${database}-there`
      const elsewhere = { ...environment, MONGO_URL: `${mongo.url}/${there}`, REDIS_URL: `${redis.url}/1` }
      const another = await TestPlatform.prepare({ environment: elsewhere })
      const installed = { ...elsewhere, DATA_DIR: another.dataDir }
      try {
        await platform.kill('SIGTERM')
        for (const [name, to] of [
          ['fenced', 'dedicated'],
          ['beside', 'pooled'],
        ] as const) {
          const file = path.join(platform.dataDir, `${name}.fleetloom`)
          const exported = await organization(environment, 'export', name, file)
          expect(exported).toEqual({ code: 0, text: expect.stringMatching(/[1-9]\d* documents, 1 readings/) })
          const imported = await organization(installed, 'import', file, '--to', to)
          expect(imported).toEqual({ code: 0, text: expect.stringContaining(`${name} is here`) })
        }
        expect(await naming('beside', `${there}-org-fenced`)).toEqual([])
        expect(await naming('fenced', there)).toEqual(ofAll.filter((name) => name !== 'registry_changes'))
        await another.start()
        expect(await bothContents(another)).toEqual(before)
        const again = await organization(installed, 'export', 'fenced', path.join(another.dataDir, 'x'))
        expect(again).toEqual({ code: 1, text: expect.stringContaining('stop it first') })
      } finally {
        await another.dispose()
        for (const name of [there, `${there}-org-fenced`]) await client.db(name).dropDatabase()
      }
      await platform.start()
    }, 240_000)

    it('are removed, and nothing is left of the one, nor missing of the other', async () => {
      const [, beside] = before
      await platform.kill('SIGTERM')
      const remove = (name: string) => organization(environment, 'remove', name, '--yes')
      expect((await remove('fenced')).code).toBe(0)
      // Who removed it; notes that go by themselves; and by which turn its devices' readings were written, so that no writer of before writes on.
      expect(await naming('fenced', database)).toEqual(['audit', 'registry_changes', 'series.devices'])
      expect(await keysNaming('fenced')).toEqual([])
      await platform.start()
      expect(await contentOf(platform.api.in('beside'), 'beside')).toEqual(beside)
      await platform.kill('SIGTERM')
      expect((await remove('beside')).code).toBe(0)
      expect(await databases()).toEqual([database])
      expect(await keysNaming('beside')).toEqual([])
      await platform.start()
      for (const name of ['fenced', 'beside'])
        expect((await platform.api.in(name).call('GET', '/api/v1/devices')).status).toBe(404)
    }, 240_000)
  },
)

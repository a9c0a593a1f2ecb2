import { beforeEach, describe, expect, test, vi } from 'vitest'
import { deviceClassCollection, deviceCollection, newDeviceDocument } from './collections.ts'
import { aClass, aDevice } from './device.fixture.ts'
import type { Device, DeviceRecord } from './device.ts'
import type { Devices } from './devices.ts'
import { useFleet } from './operations/fleet.fixture.ts'
import { operation as adopt } from './operations/adopt-unknown-sender.ts'
import { operation as list } from './operations/list-unknown-senders.ts'
import { openAudit } from '../platform/kit/audit/open-audit.ts'
import { gather } from '../platform/kit/gather.ts'
import { silentLogger } from '../platform/logger.ts'
import { nodeSecrets } from '../platform/secrets.ts'
import type { Store } from '../platform/store/port.ts'
import { virtualClock } from '../platform/testing/virtual-clock.fixture.ts'
import { createDevice } from './create-device.ts'
import { StoreDeviceDirectory } from './directory.ts'
import { Newcomers } from './newcomers.ts'
import { strangerBy } from './strangers.ts'
import { maxUnknownSenders } from './unknown-senders.ts'
import { z } from 'zod'

const lamps = aClass({
  key: 'lamp',
  telemetry: [{ topic: 'zigbee/{device}', decode: { shape: 'none' } }],
  topics: { lifecycle: 'zigbee/{device}/availability', command: 'zigbee/{device}/set' },
})
const bridges = aClass({
  key: 'bridge',
  telemetry: [{ topic: 'bridges/{device}/info', decode: { shape: 'none' } }],
  children: { classKey: 'lamp', limit: 2, tag: 'new' },
})

const fleet = useFleet()
const { call } = fleet
let devices: Devices

async function put(orgId: string, ...added: readonly Partial<Device>[]): Promise<void> {
  const documents = fleet.store.organization(orgId).collection(deviceCollection)
  for (const each of added) await documents.insert(newDeviceDocument(aDevice(each)))
  await fleet.directory.reload()
}

const gateway = (id = 'b1'): DeviceRecord => {
  const record = fleet.directory.lookup(id)
  if (record === undefined) throw new Error(`no ${id}`)
  return record
}

async function publish(topic: string, by = gateway()): Promise<DeviceRecord | undefined> {
  const stranger = devices.newcomers.expected(by, topic)
  return stranger && devices.newcomers.admit(by, stranger, topic)
}

const listSchema = z.object({ items: z.array(z.looseObject({ id: z.string(), address: z.string() })) })
async function unknown(orgId = 'acme'): Promise<z.output<typeof listSchema>['items']> {
  return listSchema.parse((await call(list, { orgId })).body).items
}

beforeEach(async () => {
  devices = z.object({ devices: z.custom<Devices>() }).parse(fleet.needed).devices
  for (const orgId of ['acme', 'other'])
    for (const each of [lamps, bridges])
      await fleet.store
        .organization(orgId)
        .collection(deviceClassCollection)
        .insert({ ...each, id: each.key })
  await put('acme', { id: 'b1', classKey: 'bridge', zone: 'Europe/Rome' })
})

describe('a child at first sight', () => {
  test('is registered as its gateway’s class says, and others are told', async () => {
    const child = await publish('zigbee/Küche Lampe')
    expect(child?.device).toMatchObject({
      classKey: 'lamp',
      address: 'Küche Lampe',
      gateway: 'b1',
      name: 'Küche Lampe',
      tags: ['new'],
      zone: 'Europe/Rome',
    })
    await vi.waitFor(() => expect(fleet.events).toHaveLength(1))
    const [event] = fleet.events
    expect(event?.route).toMatchObject({ orgId: 'acme', type: 'DeviceAdopted' })
    expect(JSON.parse(Buffer.from(event?.data ?? []).toString())).toMatchObject({
      kind: 'devices',
      data: { deviceId: child?.device.id, classKey: 'lamp', gatewayId: 'b1', how: 'first-sight' },
    })
  })

  test('comes once, however many of its messages come at once, and no more come than the limit says', async () => {
    const came = await Promise.all(
      ['zigbee/a', 'zigbee/a', 'zigbee/a/availability', 'zigbee/b', 'zigbee/c'].map((topic) =>
        publish(topic),
      ),
    )
    const ids = came.map((record) => record?.device.id)
    expect([ids[1], ids[2], ids[4]]).toEqual([ids[0], ids[0], undefined])
    expect(fleet.directory.childrenOf('b1').map(({ device }) => device.address)).toEqual(['a', 'b'])
    expect(await unknown()).toMatchObject([{ address: 'c', gatewayId: 'b1', classKeys: ['lamp'] }])
  })

  test('may come as the device says rather than its class, or not at all', async () => {
    await put(
      'acme',
      { id: 'shut', classKey: 'bridge', children: null },
      { id: 'open', classKey: 'lamp', children: { classKey: 'lamp', limit: 1 } },
    )
    expect(await publish('zigbee/a', gateway('shut'))).toBeUndefined()
    expect((await publish('zigbee/a', gateway('open')))?.device.gateway).toBe('open')
  })

  test('is none of a topic that the class does not have, nor of a class that is not there', async () => {
    expect(devices.newcomers.expected(gateway(), 'zigbee/a/set')).toBeUndefined()
    expect(devices.newcomers.expected(gateway(), 'zigbee/a/b/c')).toBeUndefined()
    await put('acme', { id: 'odd', classKey: 'bridge', children: { classKey: 'toaster', limit: 1 } })
    expect(devices.newcomers.expected(gateway('odd'), 'zigbee/a')).toBeUndefined()
  })
})

describe('a child at first sight, where several processes serve', () => {
  const clock = virtualClock(Date.UTC(2026, 0, 1))

  /** A process of its own, with what it knows of the registry by now. */
  async function process(store: Store): Promise<Newcomers> {
    const directory = await StoreDeviceDirectory.load(store, { shipped: [] })
    const common = { clock, directory, log: silentLogger, secrets: nodeSecrets, store }
    const parts = { ...common, relay: { offer: () => undefined }, access: { isReserved: () => false } }
    return new Newcomers({
      ...common,
      senders: { note: () => undefined },
      createDevice: (orgId, wanted, coming) => createDevice(parts, orgId, wanted, coming),
    })
  }
  const bringAll = (each: Newcomers, name: string): Promise<unknown> =>
    Promise.all(
      [1, 2, 3, 4].map(async (index) => {
        const topic = `zigbee/${name}${index}`
        const stranger = each.expected(gateway(), topic)
        return stranger && each.admit(gateway(), stranger, topic)
      }),
    )

  test('no more come than the limit says, though none knows of those that came to the others', async () => {
    const processes = await Promise.all([1, 2, 3].map(() => process(fleet.store)))
    await Promise.all(processes.map((each, index) => bringAll(each, `p${index}-`)))
    const documents = fleet.store.organization('acme').collection(deviceCollection)
    expect(await documents.count({ gateway: 'b1' })).toBe(2)
  })

  test('it is in the audit as what its gateway did', async () => {
    const { audit, store } = openAudit({ store: fleet.store, clock, log: silentLogger, random: () => 1 })
    await bringAll(await process(store), 'a')
    await audit.relay.catchUp()
    const entries = await gather(audit.trail.all('acme', {}))
    expect(entries).toMatchObject(
      [1, 2].map(() => ({
        actor: { kind: 'device', id: 'b1' },
        permission: 'modules:iot:devices:create',
        resource: expect.stringMatching(/^devices\//),
        after: { classKey: 'lamp', gateway: 'b1' },
      })),
    )
    await audit.relay.stop()
  })
})

describe('unknown senders', () => {
  test('are listed with what they could be, and adopted by one call', async () => {
    devices.newcomers.note('zigbee/x', gateway())
    devices.newcomers.note('zigbee/x/availability', gateway())
    devices.newcomers.note('nobody/knows', gateway())
    const [sender, ...more] = await unknown()
    expect([sender, more]).toMatchObject([
      { address: 'x', gatewayId: 'b1', topic: 'zigbee/x/availability', messages: 2, classKeys: ['lamp'] },
      [],
    ])
    const params = { id: sender?.id ?? '' }
    expect((await call(adopt, { orgId: 'other', params, body: {} })).status).toBe(404)
    expect(
      await call(adopt, { params, body: { id: 'lamp-x', name: 'Hall', gatewayId: 'b1' } }),
    ).toMatchObject({
      status: 201,
      body: { device: { id: 'lamp-x', name: 'Hall', address: 'x', gateway: 'b1', classKey: 'lamp' } },
    })
    expect(await unknown()).toEqual([])
    expect((await call(adopt, { params, body: {} })).status).toBe(404)
  })

  test.each<[object, number, string]>([
    [{ classKey: 'toaster' }, 422, 'body.classKey'],
    [{ gatewayId: 'nobody' }, 422, 'body.gatewayId'],
    [{ id: 'd1' }, 409, 'body.id'],
    [{ address: 'y' }, 400, 'body'],
  ])('are not adopted by %j', async (body, status, path) => {
    devices.newcomers.note('zigbee/x', gateway())
    const [sender] = await unknown()
    expect(await call(adopt, { params: { id: sender?.id ?? '' }, body })).toMatchObject({
      status,
      body: { errors: [{ path: expect.stringContaining(path) }] },
    })
  })

  test('of a topic alone are those of the organization that has such a class, if it is the only one', async () => {
    devices.newcomers.note('own/acme/new-one/up')
    devices.newcomers.note('own/other/new-one/up')
    // Both have lamps.
    devices.newcomers.note('zigbee/x')
    devices.newcomers.note('org/other/device/new-one/telemetry')
    expect(await unknown()).toMatchObject([{ address: 'new-one', gatewayId: null, classKeys: ['own'] }])
    expect(await unknown('other')).toMatchObject([{ address: 'new-one', classKeys: ['logger'] }])
  })

  test('are bounded, the ones heard of last stay', async () => {
    for (let written = 0; written < maxUnknownSenders + 60; written += 20) {
      for (let n = written; n < written + 20; n += 1) devices.newcomers.note(`zigbee/x${n}`, gateway())
      await devices.unknownSenders.write()
    }
    for (let n = 0; n < 1000; n += 1) devices.newcomers.note(`zigbee/flood${n}`, gateway())
    await devices.unknownSenders.write()
    const documents = await devices.unknownSenders.list('acme', { limit: 1000 })
    expect(documents.items).toHaveLength(maxUnknownSenders)
  }, 30_000)
})

test('a stranger is named by topics of the organization only, and by an address that a device can have', () => {
  const classes = [
    lamps,
    aClass({ key: 'own', topics: { telemetry: 'own/{org}/{device}' } }),
    aClass({ key: 'also', topics: { telemetry: 'zigbee/{device}' } }),
  ]
  expect(strangerBy(classes, 'acme', 'zigbee/a')).toEqual({ address: 'a', classKeys: ['lamp', 'also'] })
  expect(strangerBy(classes, 'acme', 'own/acme/a')).toEqual({ address: 'a', classKeys: ['own'] })
  expect(strangerBy(classes, 'acme', 'own/other/a')).toBeUndefined()
  expect(strangerBy(classes, 'acme', 'zigbee/a/set')).toBeUndefined()
  expect(strangerBy(classes, 'acme', 'zigbee/$a')).toBeUndefined()
})

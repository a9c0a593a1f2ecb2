import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBroker } from './broker.fixture.ts'
import type { ClassKey } from './devices/catalogue.ts'
import { startFleet, type Fleet, type Member } from './fleet.ts'
import { NO_FAULTS } from './fault-plan.ts'

let broker: Awaited<ReturnType<typeof startBroker>>
let fleet: Fleet | undefined

beforeEach(async () => {
  broker = await startBroker()
})
afterEach(async () => {
  await fleet?.stop()
  fleet = undefined
  await broker.close()
})

function member(classKey: ClassKey): Member {
  return { deviceId: `${classKey}-1`, password: `pw-${classKey}-1`, orgId: 'o', classKey }
}

function start(classKeys: readonly ClassKey[]): Fleet {
  const members = classKeys.map(member)
  const options = { mqttUrl: broker.url, members, intervalMs: 20, seed: '1', faults: NO_FAULTS }
  fleet = startFleet(options)
  return fleet
}

describe('a fleet at a real broker', () => {
  it('connects every class and reports with QoS 1', async () => {
    const running = start(['port-monitor', 'air-purifier', 'sleep-pod'])
    await running.ready
    expect(running.counts).toMatchObject({ devices: 3, connected: 3 })
    const telemetry = [
      'org/o/device/port-monitor-1/telemetry',
      'device/air-purifier-1/data',
      'cochilo/cabine/sleep-pod-1/telemetry',
    ]
    for (const topic of telemetry) {
      expect(await broker.arrived((arrival) => arrival.topic === topic)).toMatchObject({ qos: 1 })
    }
  })

  it('obeys and acknowledges a command', async () => {
    const running = start(['air-purifier'])
    await running.ready
    await broker.send('device/air-purifier-1/command', { commandId: 'c-1', action: 'setFanSpeed', value: 5 })
    const ack = await broker.arrived(({ topic }) => topic === 'device/air-purifier-1/ack')
    expect(ack.body).toMatchObject({ commandId: 'c-1', status: 'ok', state: { fanSpeed: 5 } })
    await broker.arrived(({ topic, body }) => topic.endsWith('/data') && body['fanSpeed'] === 5)
    expect(running.counts).toMatchObject({ commands: 1, answered: 1 })
  })

  it('lets somebody type at the keypad', async () => {
    const running = start(['sleep-pod'])
    await running.ready
    expect(running.person('nobody', { kind: 'keypad', code: '1' })).toBe(false)
    expect(running.person('sleep-pod-1', { kind: 'keypad', code: '123456' })).toBe(true)
    const event = await broker.arrived(({ topic }) => topic === 'cochilo/cabine/sleep-pod-1/events')
    expect(event.body).toMatchObject({ event: 'CODE_ENTERED', code: '123456' })
  })

  it('says offline when it stops, with everything acknowledged', async () => {
    const running = start(['port-monitor'])
    await running.ready
    await broker.arrived(({ topic }) => topic.endsWith('/telemetry'))
    await running.stop()
    expect(broker.arrivals.at(-1)).toMatchObject({
      topic: 'org/o/device/port-monitor-1/lifecycle',
      body: { status: 'offline', ts: expect.any(String) },
    })
    expect(running.counts.acknowledged).toBe(running.counts.sent)
  })

  it('comes back after a broken connection, for which the last will has said offline', async () => {
    const running = start(['port-monitor'])
    const lifecycles = () => broker.arrivals.filter(({ topic }) => topic.endsWith('/lifecycle'))
    await running.ready
    await broker.arrived(({ body }) => body['status'] === 'online')
    for (const client of broker.clients) client.conn.destroy()
    await broker.arrived(() => lifecycles().length === 3)
    expect(lifecycles().map(({ body }) => body['status'])).toEqual(['online', 'offline', 'online'])
    expect(running.counts.reconnects).toBe(1)
  })

  it('keeps trying when it is refused, and tells why', async () => {
    broker.refusedOnce.add('air-purifier-1')
    const running = start(['air-purifier'])
    await running.ready
    expect([...running.counts.problems]).toEqual([['Connection refused: Not authorized', 1]])
  })
})

import { type EventEmitter, once } from 'node:events'
import type { IClientOptions, MqttClient } from 'mqtt'
import { describe, expect, it, vi } from 'vitest'
import { own, useTimedBroker } from './timed-broker.fixture.ts'

describe('a message that is for so long only', { timeout: 30_000 }, () => {
  const timed = useTimedBroker()
  const kept: IClientOptions = { clean: false, properties: { sessionExpiryInterval: 3600 } }
  const topic = `${own}/command`

  type Heard = readonly [payload: string, seconds: number | undefined]
  async function connect(options: IClientOptions): Promise<{ client: MqttClient; heard: Heard[] }> {
    const heard: Heard[] = []
    const client = timed.connecting(options)
    client.on('message', (_, payload, { properties }) =>
      heard.push([payload.toString(), properties?.messageExpiryInterval]),
    )
    // oxlint-disable-next-line no-unsafe-type-assertion -- mqtt.js has an emitter of its own type
    await once(client as unknown as EventEmitter, 'connect')
    return { client, heard }
  }
  const service: IClientOptions = { username: 'service/app', clientId: 'app' }
  const publish = (payload: string, expiryMs?: number, retain = false): Promise<void> =>
    timed.broker.publish({ topic, payload, qos: 1, retain, ...(expiryMs === undefined ? {} : { expiryMs }) })
  /** What comes last says that all that was to come before it has. */
  const heardUpTo = (heard: readonly Heard[], last: string): Promise<void> =>
    vi.waitFor(() => expect(heard.at(-1)?.[0]).toBe(last))

  it.each([false, true])(
    'that waited for a session is dropped once it is past, and else says what remains; over a restart: %s',
    async (isRestarted) => {
      const before = await connect(kept)
      await before.client.subscribeAsync(topic, { qos: 1 })
      await before.client.endAsync()
      await publish('past', 10_000)
      await publish('in time', 60_000)
      await publish('for good')
      if (isRestarted) await timed.restart()
      timed.nowMs += 10_000
      const { client, heard } = await connect(kept)
      await heardUpTo(heard, 'for good')
      expect(heard).toEqual([
        ['in time', 50],
        ['for good', undefined],
      ])
      await client.endAsync()
      await vi.waitFor(() => expect(timed.broker.statistics().queued).toBe(0))
    },
  )

  it('is dropped for a client of 3.1.1 too, and tells it nothing', async () => {
    const old: IClientOptions = { clean: false, protocolVersion: 4 }
    const before = await connect(old)
    await before.client.subscribeAsync(topic, { qos: 1 })
    await before.client.endAsync()
    await publish('past', 10_000)
    await publish('in time', 60_000)
    timed.nowMs += 10_000
    const { heard } = await connect(old)
    await heardUpTo(heard, 'in time')
    expect(heard).toEqual([['in time', undefined]])
  })

  it.each([false, true])(
    'that is retained is given until it is past; over a restart: %s',
    async (isRestarted) => {
      await publish('retained', 60_000, true)
      if (isRestarted) await timed.restart()
      timed.nowMs += 20_500
      for (const filter of [topic, `${own}/+`, 'org/#']) {
        const { client, heard } = await connect({ ...service })
        await client.subscribeAsync(filter, { qos: 1 })
        await heardUpTo(heard, 'retained')
        expect(heard).toEqual([['retained', 40]])
        await client.endAsync()
      }
      timed.nowMs += 39_500
      const { client, heard } = await connect({ ...service })
      await client.subscribeAsync([topic, 'org/#'], { qos: 1 })
      await publish('new')
      await heardUpTo(heard, 'new')
      expect(heard.map(([payload]) => payload)).not.toContain('retained')
    },
  )

  it.each([0, 1, 2] as const)('of a client, with QoS %i, says so to whom it reaches', async (qos) => {
    const { client, heard } = await connect({})
    await client.subscribeAsync(topic, { qos: 2 })
    const { client: from } = await connect(service)
    for (const [payload, seconds] of [
      ['a minute', 60],
      ['for good', undefined],
      ['an hour', 3600],
    ] as const)
      await from.publishAsync(topic, payload, {
        qos,
        properties: seconds === undefined ? {} : { messageExpiryInterval: seconds },
      })
    await heardUpTo(heard, 'an hour')
    expect(heard).toEqual([
      ['a minute', 60],
      ['for good', undefined],
      ['an hour', 3600],
    ])
  })

  it('is dropped while it waits for a client that takes one at a time', async () => {
    const held: (() => void)[] = []
    const { client, heard } = await connect({ properties: { receiveMaximum: 1 } })
    client.handleMessage = (_, done) => void held.push(done)
    await client.subscribeAsync(topic, { qos: 1 })
    await publish('first', 60_000)
    await publish('past', 10_000)
    await publish('last', 60_000)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    timed.nowMs += 10_000
    held[0]?.()
    await heardUpTo(heard, 'last')
    expect(heard).toEqual([
      ['first', 60],
      ['last', 50],
    ])
  })
})

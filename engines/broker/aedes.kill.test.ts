import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { WireClient, text } from '../../nodes/platform/broker/wire-client.fixture.ts'

const own = 'org/acme/device/pod'
const ready = z.object({ port: z.number() })
const child = path.join(import.meta.dirname, 'kill.child.fixture.ts')

describe('the embedded broker, killed', { timeout: 30_000 }, () => {
  let folder: string
  let running: ChildProcess | undefined

  const start = async (): Promise<[ChildProcess, number]> => {
    const files = [path.join(folder, 'broker.db'), path.join(folder, 'uplink.log')]
    const started = fork(child, files, { execArgv: [] })
    running = started
    const [message] = (await once(started, 'message')) as unknown[]
    return [started, ready.parse(message).port]
  }
  const kill = async (broker: ChildProcess): Promise<void> => {
    const exit = once(broker, 'exit')
    broker.kill('SIGKILL')
    await exit
  }
  /** Resolves when the broker's `publish` has. */
  const publish = async (
    broker: ChildProcess,
    topic: string,
    payload: string,
    retain = false,
  ): Promise<void> => {
    const published = once(broker, 'message')
    broker.send({ topic, payload, retain })
    expect(await published).toMatchObject([{ published: payload }, undefined])
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-broker-'))
  })
  afterEach(async () => {
    if (running) await kill(running)
    await rm(folder, { recursive: true })
  })

  it('keeps retained messages, a session, its offline QoS 1 backlog and a half-done QoS 2; publishes the wills', async () => {
    const [before, port] = await start()
    const [client] = await WireClient.connect(port, { clean: false })
    await client.subscribe([`${own}/command`, 1], [`${own}/chat`, 2])
    const halfDone = client.publish(`${own}/telemetry`, 'once', { qos: 2 })
    await client.next('pubrec')
    await publish(before, `${own}/command`, 'unacknowledged')
    const unacknowledged = await client.next('publish')
    await client.ping()
    await client.drop()
    await publish(before, `${own}/kept`, 'config', true)
    for (let i = 0; i < 50; i++) await publish(before, `${own}/command`, `command ${i}`)
    const will = {
      topic: 'org/acme/device/other/lifecycle',
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: false,
    }
    const [other] = await WireClient.connect(port, { username: 'acme/other', will })
    other.publish(`org/acme/device/other/chat`, 'relayed', { qos: 1 })
    await other.next('puback')

    await kill(before)
    await Promise.all([client.closed, other.closed])
    const [, newPort] = await start()

    const [back, connack] = await WireClient.connect(newPort, { clean: false })
    expect(connack).toMatchObject({ returnCode: 0, sessionPresent: true })
    const first = await back.message()
    expect(text(first)).toBe(`${own}/command unacknowledged`)
    expect(first).toMatchObject({ dup: true, messageId: unacknowledged.messageId })
    for (let i = 0; i < 50; i++) expect(text(await back.message())).toBe(`${own}/command command ${i}`)
    back.publish(`${own}/telemetry`, 'once', { qos: 2, messageId: halfDone, dup: true })
    await back.next('pubrec')
    back.send({ cmd: 'pubrel', messageId: halfDone })
    await back.next('pubcomp')
    await back.subscribe(`${own}/kept`)
    expect(await back.message()).toMatchObject({ retain: true, payload: Buffer.from('config') })
    const uplinks = await readFile(path.join(folder, 'uplink.log'), 'utf8')
    expect(uplinks.trim().split('\n')).toEqual([
      `${own}/telemetry once`,
      'org/acme/device/other/lifecycle offline',
    ])
    await back.ping()
    expect(back.unread('publish')).toEqual([])
  })

  it('loses nothing that it acknowledged when killed in the middle of things', async () => {
    const [before, port] = await start()
    const [session] = await WireClient.connect(port, { username: 'service/archive', clean: false })
    await session.subscribe(`${own}/chat`)
    await session.drop()
    const [client] = await WireClient.connect(port)
    const acknowledged = new Set<number>()
    const sent = new Map<number, string>()
    let number = 0
    const send = (): void => {
      number += 1
      sent.set(client.publish(`${own}/chat`, `message ${number}`, { qos: 1 }), `message ${number}`)
    }
    for (let i = 0; i < 50; i++) send()
    for (let i = 0; i < 500; i++) {
      acknowledged.add((await client.next('puback')).messageId ?? 0)
      send()
    }
    await kill(before)
    await client.closed
    for (const packet of client.unread('puback'))
      if (packet.cmd === 'puback') acknowledged.add(packet.messageId ?? 0)
    const [, newPort] = await start()
    const [back] = await WireClient.connect(newPort, { username: 'service/archive', clean: false })
    const received = new Set<string>()
    const expected = [...acknowledged].map((id) => sent.get(id))
    while (expected.some((message) => message !== undefined && !received.has(message))) {
      received.add((await back.message()).payload.toString())
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(500)
    expect([...received]).toEqual(expect.arrayContaining(expected))
  })
})

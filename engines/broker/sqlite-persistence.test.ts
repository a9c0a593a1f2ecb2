import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SqlitePersistence } from './sqlite-persistence.ts'
import type { PersistenceOptions } from './sqlite-persistence.ts'
import type { StoredPacket } from './stored-packet.ts'
import { SubscriptionIndex } from './subscription-index.ts'

const client = { id: 'pod' }
const message = (payload: string, brokerCounter: number): StoredPacket => ({
  cmd: 'publish',
  topic: 'a',
  payload: Buffer.from(payload),
  qos: 1,
  brokerId: 'broker',
  brokerCounter,
})
const payloads = (packets: readonly StoredPacket[]): string[] => packets.map(({ payload }) => String(payload))

describe('the broker’s store', { timeout: 30_000 }, () => {
  let folder: string
  let dataFile: string
  let store: SqlitePersistence
  const open = async (options: Partial<PersistenceOptions> = {}): Promise<void> => {
    store = new SqlitePersistence({ dataFile, ...options })
    await store.setup({ id: 'broker' })
  }
  const reopen = async (options?: Partial<PersistenceOptions>): Promise<void> => {
    await store.destroy()
    await open(options)
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fleetloom-broker-'))
    dataFile = path.join(folder, 'broker.db')
    await open()
  })
  afterEach(async () => {
    await store.destroy().catch(() => undefined)
    await rm(folder, { recursive: true })
  })

  it('passes the suite of aedes-persistence', async () => {
    const suite = spawn(
      process.execPath,
      ['--test', '--test-reporter=tap', path.join(import.meta.dirname, 'persistence.abstract.ts')],
      // Without vitest's own variables, and not as a child of another node:test.
      { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let report = ''
    suite.stdout.on('data', (chunk: Buffer) => (report += chunk.toString()))
    const [code] = (await once(suite, 'close')) as unknown[]
    expect(report.split('\n').filter((line) => line.trim().startsWith('not ok'))).toEqual([])
    expect(Number(/^# pass (\d+)$/mu.exec(report)?.[1])).toBeGreaterThanOrEqual(48)
    expect(code).toBe(0)
  })

  it('keeps everything over a restart', async () => {
    await store.storeRetained({ topic: 'kept', payload: 'text', qos: 1, cmd: 'publish', retain: true })
    await store.storeRetained({ topic: 'bytes', payload: Buffer.from([0, 255]), qos: 0, cmd: 'publish' })
    await store.storeRetained({ topic: 'gone', payload: 'x', cmd: 'publish' })
    await store.storeRetained({ topic: 'gone', payload: '', cmd: 'publish' })
    await store.addSubscriptions(client, [
      { topic: 'a', qos: 2, rh: 0, rap: true, nl: false },
      { topic: 'b/#', qos: 0 },
      { topic: 'c', qos: 1, subscriptionIdentifier: 7 },
    ])
    await store.outgoingEnqueue({ clientId: 'pod' }, message('one', 1))
    await store.outgoingEnqueue({ clientId: 'pod' }, { ...message('two', 2), qos: 2 })
    await store.outgoingUpdate(client, { ...message('one', 1), messageId: 11 })
    await store.outgoingUpdate(client, { ...message('two', 2), messageId: 12 })
    await store.outgoingUpdate(client, { cmd: 'pubrel', messageId: 12 })
    await store.incomingStorePacket(client, { cmd: 'publish', messageId: 5, payload: 'x' })
    const will = { topic: 'will', payload: Buffer.from('gone'), qos: 1, retain: false, principal: '{}' }
    await store.putWill(client, will)
    const index = new SubscriptionIndex()
    await reopen({ index })

    expect(await store.createRetainedStreamCombi(['#']).toArray()).toMatchObject([
      { topic: 'bytes', payload: Buffer.from([0, 255]), qos: 0, retain: true },
      { topic: 'kept', payload: 'text', qos: 1, retain: true },
    ])
    expect(await store.subscriptionsByClient(client)).toEqual([
      { topic: 'a', qos: 2, rh: 0, rap: true, nl: false },
      { topic: 'b/#', qos: 0 },
      { topic: 'c', qos: 1, subscriptionIdentifier: 7 },
    ])
    expect((await store.subscriptionsByTopic('a')).map(({ clientId }) => clientId)).toEqual(['pod'])
    expect([index.matches('a'), index.matches('b/x'), index.matches('c')]).toEqual([true, false, true])
    const queue = store.outgoing.packets('pod')
    expect(queue).toMatchObject([
      { cmd: 'publish', messageId: 11, brokerId: 'broker', brokerCounter: 1, payload: Buffer.from('one') },
      { cmd: 'pubrel', messageId: 12 },
    ])
    expect(store.hasIncoming('pod', 5)).toBe(true)
    expect(store.wills()).toEqual([{ ...will, clientId: 'pod', brokerId: 'broker' }])
    expect(store.outgoing.clear('pod', { cmd: 'pubcomp', messageId: 12 })).toMatchObject({ cmd: 'pubrel' })
    await store.delWill(client)
    await store.cleanIncoming(client)
    await reopen()
    expect(payloads(store.outgoing.packets('pod'))).toEqual(['one'])
    expect([store.wills(), store.hasIncoming('pod', 5)]).toEqual([[], false])
  })

  it('resolves only once what was asked for is on disk, one transaction for all of a turn', async () => {
    const reader = new DatabaseSync(dataFile, { readOnly: true })
    const count = (): unknown => reader.prepare('SELECT count(*) AS n FROM outgoing').get()?.['n']
    const writes = [1, 2, 3].map((i) => store.outgoingEnqueue({ clientId: 'pod' }, message(`${i}`, i)))
    await Promise.resolve()
    expect(count()).toBe(0)
    await writes[0]
    expect(count()).toBe(3)
    await Promise.all(writes)
    reader.close()
  })

  it('keeps of a QoS 2 message that waits for PUBREL its identifier and not its payload', async () => {
    const other = { id: 'pod2' }
    await store.incomingStorePacket(client, { cmd: 'publish', messageId: 5, payload: 'x'.repeat(100_000) })
    await store.incomingStorePacket(other, { cmd: 'publish', messageId: 5 })
    expect(await store.incomingGetPacket(client, { cmd: 'pubrel', messageId: 5 })).toEqual({
      cmd: 'publish',
      messageId: 5,
    })
    await expect(store.incomingGetPacket(client, { cmd: 'pubrel', messageId: 6 })).rejects.toThrow('no such')
    await store.cleanIncoming(client)
    expect([store.unreleased('pod'), store.unreleased('pod2')]).toEqual([0, 1])
    await store.incomingDelPacket(other, { cmd: 'pubrel', messageId: 5 })
    await expect(store.incomingDelPacket(other, { cmd: 'pubrel', messageId: 5 })).rejects.toThrow('no such')
  })

  it('drops the oldest of a full queue, counts and tells it', async () => {
    const told: [string, number][] = []
    await reopen({ maxQueuedMessages: 2, onDropped: (clientId, dropped) => told.push([clientId, dropped]) })
    for (let i = 1; i <= 4; i++) await store.outgoingEnqueue({ clientId: 'pod' }, message(`${i}`, i))
    expect(payloads(store.outgoing.packets('pod'))).toEqual(['3', '4'])
    expect(told).toEqual([
      ['pod', 1],
      ['pod', 2],
    ])
    expect([store.outgoing.queued, store.outgoing.dropped]).toEqual([2, 2])
    await reopen()
    expect(payloads(store.outgoing.packets('pod'))).toEqual(['3', '4'])
  })

  it('queues one copy for a session, at the best QoS granted and no more than the message’s', async () => {
    const targets = [
      { clientId: 'pod', qos: 1 },
      { clientId: 'pod', qos: 2 },
      { clientId: 'other', qos: 1 },
    ]
    await store.outgoingEnqueueCombi(targets, { ...message('x', 1), qos: 2 })
    const [pod, ...rest] = store.outgoing.packets('pod')
    const [other] = store.outgoing.packets('other')
    expect([pod?.qos, rest, other?.qos]).toEqual([2, [], 1])
  })

  it('never gives two waiting messages one packet identifier', async () => {
    const first = { ...message('1', 1), messageId: 65_535 }
    const second = { ...message('2', 2), messageId: 65_535 }
    await store.outgoingEnqueue({ clientId: 'pod' }, first)
    await store.outgoingEnqueue({ clientId: 'pod' }, second)
    await store.outgoingUpdate(client, first)
    await store.outgoingUpdate(client, second)
    expect([first.messageId, second.messageId]).toEqual([65_535, 1])
    await store.outgoingClearMessageId(client, { cmd: 'puback', messageId: 1 })
    expect(payloads(store.outgoing.packets('pod'))).toEqual(['1'])
  })

  it('forgets a session altogether when a clean one begins', async () => {
    await store.addSubscriptions(client, [{ topic: 'a', qos: 1 }])
    await store.outgoingEnqueue({ clientId: 'pod' }, message('x', 1))
    await store.cleanSubscriptions(client)
    await reopen()
    expect(await store.countOffline()).toEqual({ subsCount: 0, clientsCount: 0 })
    expect(store.outgoing.queued).toBe(0)
  })

  it('a late deletion of a last will leaves the successor’s', async () => {
    const successor = { id: 'pod', will: {} }
    await store.setup({ id: 'broker', clients: { pod: successor } })
    await store.putWill(successor, { topic: 't', payload: 'new', qos: 0, retain: false, principal: '{}' })
    await store.delWill(client)
    expect(store.wills()).toHaveLength(1)
    await store.delWill(successor)
    expect(store.wills()).toEqual([])
  })

  it('a failed commit is an error for everyone in it, and is told', async () => {
    const failures: unknown[] = []
    await reopen({ onFailed: (error) => failures.push(error) })
    const breaker = new DatabaseSync(dataFile)
    breaker.exec('DROP TABLE retained')
    breaker.close()
    const write = store.storeRetained({ topic: 't', payload: 'x', cmd: 'publish' })
    await expect(write).rejects.toThrow('retained')
    expect(failures).toHaveLength(1)
    await store.outgoingEnqueue({ clientId: 'pod' }, message('goes on', 1))
  })

  it('opens a file of before messages expired, and keeps from then on until when they count', async () => {
    await store.destroy()
    const older = new DatabaseSync(dataFile)
    older.exec(`
      ALTER TABLE retained DROP COLUMN expires_at;
      INSERT INTO retained VALUES ('old', 1, 'for good');
      PRAGMA user_version = 2;
    `)
    older.close()
    store = new SqlitePersistence({ dataFile, nowMs: () => 1000 })
    await store.storeRetained({ cmd: 'publish', topic: 'new', payload: 'x', messageExpiry: 2000 })
    await store.destroy()
    for (const [nowMs, topics] of [
      [1999, ['new', 'old']],
      [2000, ['old']],
      [0, ['old']],
    ] as const) {
      store = new SqlitePersistence({ dataFile, nowMs: () => nowMs })
      const retained = await store.createRetainedStream('#').toArray()
      expect(retained.map(({ topic }) => topic)).toEqual(topics)
      await store.destroy()
    }
    store = new SqlitePersistence({ dataFile })
  })

  it('does not open a file that a newer version wrote', async () => {
    await store.destroy()
    const newer = new DatabaseSync(dataFile)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    expect(() => new SqlitePersistence({ dataFile })).toThrow('newer version')
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { MemoryHub } from '../../../../engines/bus/memory.ts'
import { silentLogger } from '../../logger.ts'
import type { Store } from '../../store/port.ts'
import { openSqliteStore } from '../../../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../../../engines/store/testing/processes.ts'
import { type VirtualClock, virtualClock } from '../../testing/virtual-clock.fixture.ts'
import { type Jobs, openJobs } from '../jobs/jobs.ts'
import { type EffectKind, openOutbox, type Outbox, outboxCollection } from './outbox.ts'

const startMs = 1_000_000
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let clock: VirtualClock
let jobs: Jobs
let outbox: Outbox
let sent: string[]
let isDown: boolean

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  clock = virtualClock(startMs)
  jobs = openJobs({ store, clock, log: silentLogger, random: () => 1, bus: new MemoryHub().open('a') })
  outbox = openOutbox({ store, clock, jobs })
  sent = []
  isDown = false
})
afterEach(async () => {
  await jobs.stop()
  await store.close()
  await folder.remove()
})

const mail: EffectKind<{ to: string }> = {
  kind: 'mail',
  data: z.strictObject({ to: z.string() }),
  retry: { firstMs: 1000, lastMs: 60_000, maxTries: 3 },
  async send({ data, id }) {
    sent.push(`${id} to ${data.to}`)
    if (isDown) throw new Error('the mail server refuses')
    return { messageId: `m-${id}` }
  },
}
const stored = async (id: string) =>
  (await store.organization('acme').collection(outboxCollection).get(id))?.document

describe('an effect on the world', () => {
  test('is sent once however often it is asked for, and its answer is kept', async () => {
    outbox.start(mail)
    const wanted = { orgId: 'acme', id: 'e1', data: { to: 'ada' } }
    expect(await outbox.put(mail, wanted)).toBe(true)
    expect(await outbox.put(mail, wanted)).toBe(false)
    await clock.pass(10_000)
    expect(await outbox.put(mail, wanted)).toBe(false)
    await clock.pass(10_000)
    expect(sent).toEqual(['e1 to ada'])
    expect(await stored('e1')).toMatchObject({
      state: 'sent',
      receipt: { messageId: 'm-e1' },
      endedAtMs: startMs,
    })
  })

  test('that was written before a restart is sent after it', async () => {
    await outbox.put(mail, { orgId: 'acme', id: 'e1', data: { to: 'ada' } })
    outbox.start(mail)
    await clock.pass(0)
    expect(sent).toEqual(['e1 to ada'])
  })

  test('waits for its time', async () => {
    outbox.start(mail)
    await outbox.put(mail, { orgId: 'acme', id: 'e1', data: { to: 'ada' }, notBeforeMs: startMs + 5000 })
    await clock.pass(4999)
    expect(sent).toEqual([])
    await clock.pass(1)
    expect(sent).toHaveLength(1)
  })

  test('that fails is sent again, and in the end stands as failed with its reason', async () => {
    isDown = true
    outbox.start(mail)
    await outbox.put(mail, { orgId: 'acme', id: 'e1', data: { to: 'ada' } })
    await clock.pass(500)
    expect(await stored('e1')).toMatchObject({
      state: 'waiting',
      failures: 1,
      error: 'the mail server refuses',
    })
    await clock.pass(60_000)
    expect(sent).toHaveLength(3)
    expect(await stored('e1')).toMatchObject({ state: 'failed', dueAtMs: null, failures: 3 })
  })

  test('of another kind, or of nobody, stays where it is', async () => {
    outbox.start(mail)
    await outbox.put({ kind: 'webhook' }, { orgId: 'acme', id: 'e1', data: null })
    await clock.pass(10_000)
    expect(await stored('e1')).toMatchObject({ state: 'waiting' })
  })

  test('is forgotten some time after its end', async () => {
    outbox.start(mail)
    await outbox.put(mail, { orgId: 'acme', id: 'e1', data: { to: 'ada' } })
    await clock.pass(0)
    await outbox.put({ kind: 'webhook' }, { orgId: 'acme', id: 'e2', data: null })
    expect(await outbox.sweep('acme', startMs)).toBe(0)
    expect(await outbox.sweep('acme', startMs + 1)).toBe(1)
    expect(await stored('e2')).toBeDefined()
  })
})

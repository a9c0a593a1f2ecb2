import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../platform/clock.ts'
import { eventStream } from '../platform/kit/events/event.ts'
import { toEntry } from '../platform/kit/events/event-codec.ts'
import { type NodeRedUnderTest, openNodeRed } from '../platform/kit/node-red.fixture.ts'
import { type SqliteUnderTest, sqliteUnderTest } from '../../engines/stream/sqlite.fixture.ts'
import type { Reject } from '../telemetry/dead-letter.ts'

let red: NodeRedUnderTest
let log: SqliteUnderTest
const letters: Reject[] = []
let kept = Promise.withResolvers<undefined>()

beforeAll(async () => {
  log = await sqliteUnderTest()
  red = await openNodeRed({
    stream: log.stream(),
    clock: systemClock,
    metrics: { registerNode: () => () => undefined },
    telemetry: {
      deadLetters: {
        async put(rejects: readonly Reject[]) {
          letters.push(...rejects)
          kept.resolve(undefined)
        },
      },
    },
  })
  await red.deploy(
    { id: 'all', type: 'event-in', group: 'all', types: '', startAt: 'beginning', wires: [['everything']] },
    {
      id: 'some',
      type: 'event-in',
      group: 'some',
      types: 'DoorClosed, DoorBroken',
      startAt: 'beginning',
      wires: [['closed']],
    },
    {
      id: 'poisoned',
      type: 'event-in',
      group: 'poisoned',
      types: 'DoorBroken',
      startAt: 'beginning',
      maxDeliveries: 2,
      wires: [['fails']],
    },
    { id: 'fails', type: 'event-out', wires: [] },
    { id: 'everything', type: 'sink' },
    { id: 'closed', type: 'sink' },
    { id: 'out', type: 'event-out', wires: [] },
  )
}, 30_000)
afterAll(async () => {
  await red[Symbol.asyncDispose]()
  await log.dispose()
})

const happens = (seq: number, type: string): Promise<void> =>
  log.stream().append(eventStream, [
    toEntry({
      id: `doors/d1/${seq}`,
      orgId: 'acme',
      subject: { kind: 'doors', id: 'd1' },
      seq,
      type,
      atMs: 1000 + seq,
      data: { by: 'ada' },
    }),
  ])

describe('event in', () => {
  test('begins a flow with what has happened, all of it or what it names', async () => {
    await happens(1, 'DoorOpened')
    expect(await red.received('everything')).toMatchObject({
      payload: [
        {
          id: 'doors/d1/1',
          orgId: 'acme',
          subject: { kind: 'doors', id: 'd1' },
          seq: 1,
          type: 'DoorOpened',
          atMs: 1001,
          data: { by: 'ada' },
        },
      ],
    })
    await happens(2, 'DoorClosed')
    expect(await red.received('closed')).toMatchObject({ payload: [{ seq: 2, type: 'DoorClosed' }] })
    expect(red.waiting('closed')).toBe(0)
  })

  test('leaves out what the relay brings twice', async () => {
    await happens(3, 'DoorClosed')
    expect(await red.received('closed')).toMatchObject({ payload: [{ seq: 3 }] })
    await happens(3, 'DoorClosed')
    await happens(4, 'DoorClosed')
    expect(await red.received('closed')).toMatchObject({ payload: [{ seq: 4 }] })
  })

  test('makes a dead letter of an event that the flow cannot take, and goes on', async () => {
    kept = Promise.withResolvers()
    // What "event out" is given here is no new event of a flow's own: its subject is missing.
    await log.stream().append(eventStream, [
      {
        route: { orgId: 'acme', key: 'acme/doors/d2', type: 'DoorBroken' },
        atMs: 5,
        data: Buffer.from('no event'),
      },
    ])
    await kept.promise
    // Each of the three groups gives it up, in its own time.
    expect(letters[0]).toMatchObject({ topic: 'event/DoorBroken', reason: 'poison', orgId: 'acme' })
    await happens(5, 'DoorClosed')
    expect(await red.received('closed')).toMatchObject({ payload: [{ seq: 5 }] })
  })
})

describe('event out', () => {
  test('writes an event of the flow, which begins others', async () => {
    const event = {
      id: 'night-check/2026-03-01',
      orgId: 'acme',
      subject: { kind: 'flow', id: 'night-check' },
      type: 'NightCheckDone',
      data: { found: 3 },
    }
    while (red.waiting('everything') > 0) await red.received('everything')
    red.send('out', { payload: event })
    for (;;) {
      const { payload } = await red.received('everything')
      const found = Array.isArray(payload) ? payload.find(({ type }) => type === 'NightCheckDone') : undefined
      if (found === undefined) continue
      expect(found).toMatchObject({ ...event, seq: 0 })
      break
    }
  })
})

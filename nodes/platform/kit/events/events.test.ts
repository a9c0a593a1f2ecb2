import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { silentLogger } from '../../logger.ts'
import type { CollectionSpec, Store } from '../../store/port.ts'
import { openSqliteStore } from '../../../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../../../engines/store/testing/processes.ts'
import type { NewEntry } from '../../stream/port.ts'
import { type VirtualClock, virtualClock } from '../../testing/virtual-clock.fixture.ts'
import { type Aggregate, openAggregate } from '../decider/aggregate.ts'
import { type Decider, refused } from '../decider/decider.ts'
import { type EventBody, eventFields } from './event.ts'
import { fromEntry } from './event-codec.ts'
import { EventRelay } from './relay.ts'

/** A door with a counter: enough of a life to have events. */
const doorSchema = z.strictObject({ id: z.string(), isOpen: z.boolean(), opened: z.int(), ...eventFields })
type Door = Pick<z.output<typeof doorSchema>, 'id' | 'isOpen' | 'opened'>
type DoorCommand = { readonly type: 'Open' | 'Close'; readonly id: string }
type DoorEvent = EventBody & {
  readonly type: 'DoorOpened' | 'DoorClosed'
  readonly data: { readonly id: string }
}
const doorCollection: CollectionSpec<z.output<typeof doorSchema>> = {
  name: 'doors',
  schema: doorSchema,
  indexesEverywhere: [['pendingSinceMs']],
}
const doorDecider: Decider<Door, DoorCommand, DoorEvent, 'no-door'> = {
  decide(door, { id, type }) {
    if (type === 'Open') return door?.isOpen === true ? [] : [{ type: 'DoorOpened', data: { id } }]
    if (door === undefined) return refused('no-door')
    return door.isOpen ? [{ type: 'DoorClosed', data: { id } }] : []
  },
  evolve: (door, { data, type }) => ({
    id: data.id,
    isOpen: type === 'DoorOpened',
    opened: (door?.opened ?? 0) + (type === 'DoorOpened' ? 1 : 0),
  }),
}

let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let clock: VirtualClock
/** What came to the stream, in order. */
let streamed: NewEntry[]
let isStreamAway: boolean
let relays: EventRelay[]

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  clock = virtualClock()
  streamed = []
  isStreamAway = false
  relays = []
})
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()))
  await store.close()
  await folder.remove()
})

const stream = {
  append: (_: string, entries: readonly NewEntry[]): Promise<void> => {
    if (isStreamAway) return Promise.reject(new Error('away'))
    streamed.push(...entries)
    return Promise.resolve()
  },
}
function instance(): {
  readonly doors: Aggregate<Door, DoorCommand, DoorEvent, 'no-door'>
  readonly relay: EventRelay
} {
  const relay = new EventRelay({ store, stream, clock, log: silentLogger, random: () => 1 })
  relays.push(relay)
  return {
    relay,
    doors: openAggregate({ store, clock, relay, collection: doorCollection, decider: doorDecider }),
  }
}
const happened = (): readonly string[] =>
  streamed
    .map((entry) => fromEntry({ ...entry, offset: '0', deliveries: 0 }))
    .map(({ orgId, seq, subject, type }) => `${orgId} ${subject.id} ${seq} ${type}`)
const stored = async (id: string) =>
  (await store.organization('acme').collection(doorCollection).get(id))?.document

describe('a decision', () => {
  test('is written with its events, which come to the stream and leave the document', async () => {
    const { doors, relay } = instance()
    await doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })
    await doors.handle('acme', 'd1', { type: 'Close', id: 'd1' })
    await relay.whenIdle()
    expect(happened()).toEqual(['acme d1 1 DoorOpened', 'acme d1 2 DoorClosed'])
    expect(await stored('d1')).toEqual({
      id: 'd1',
      isOpen: false,
      opened: 1,
      eventSeq: 2,
      pendingEvents: [],
      pendingSinceMs: null,
    })
  })

  test('that comes to nothing new writes nothing', async () => {
    const { doors, relay } = instance()
    await doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })
    expect(await doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })).toMatchObject({
      kind: 'done',
      events: [],
    })
    await relay.whenIdle()
    expect(happened()).toEqual(['acme d1 1 DoorOpened'])
  })

  test('that is refused says why, and nothing has happened', async () => {
    const { doors } = instance()
    expect(await doors.handle('acme', 'd1', { type: 'Close', id: 'd1' })).toEqual({
      kind: 'refused',
      refusal: 'no-door',
    })
    expect(await stored('d1')).toBeUndefined()
  })

  test('among many at once in several instances is taken by what the one before has left', async () => {
    const instances = [instance(), instance(), instance()]
    await Promise.all(
      instances.flatMap(({ doors }) =>
        Array.from({ length: 20 }, (_, n) =>
          doors.handle('acme', 'd1', { type: n % 2 === 0 ? 'Open' : 'Close', id: 'd1' }),
        ),
      ),
    )
    await Promise.all(instances.map(({ relay }) => relay.whenIdle()))
    const door = await stored('d1')
    expect(door?.pendingEvents).toEqual([])
    const firsts = [...new Set(happened())]
    expect(firsts.map((line) => Number(line.split(' ')[2]))).toEqual(
      Array.from({ length: door?.eventSeq ?? 0 }, (_, n) => n + 1),
    )
    expect(firsts.filter((line) => line.includes('Opened'))).toHaveLength(door?.opened ?? 0)
  })
})

describe('events', () => {
  test('that could not be relayed are on the document, and come when the stream is back, in order', async () => {
    const { doors, relay } = instance()
    relay.start([doorCollection])
    isStreamAway = true
    await doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })
    await doors.handle('acme', 'd1', { type: 'Close', id: 'd1' })
    await clock.pass(5000)
    expect((await stored('d1'))?.pendingEvents).toHaveLength(2)
    isStreamAway = false
    await clock.pass(2000)
    expect(happened()).toEqual(['acme d1 1 DoorOpened', 'acme d1 2 DoorClosed'])
    expect((await stored('d1'))?.pendingSinceMs).toBeNull()
  })

  test('of an instance that died are relayed by another within two seconds', async () => {
    isStreamAway = true
    const dead = instance()
    await dead.doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })
    await dead.doors.handle('other', 'd1', { type: 'Open', id: 'd1' })
    isStreamAway = false
    instance().relay.start([doorCollection])
    await clock.pass(2000)
    expect(happened().toSorted()).toEqual(['acme d1 1 DoorOpened', 'other d1 1 DoorOpened'])
  })

  test('are looked for twice a minute while nobody writes, and what is left then is found in two seconds', async () => {
    let looks = 0
    const everywhere = store.everywhere.bind(store)
    store.everywhere = (...args) => {
      looks += 1
      return everywhere(...args)
    }
    instance().relay.start([doorCollection])
    await clock.pass(60_000)
    // Those of the first two seconds, which say nothing of what is younger than they look for.
    expect(looks).toBe(4)
    isStreamAway = true
    await instance().doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })
    isStreamAway = false
    await clock.pass(2000)
    expect(happened()).toEqual(['acme d1 1 DoorOpened'])
  })

  test('keep their id when they come twice', async () => {
    const { doors } = instance()
    const { relay } = instance()
    await doors.handle('acme', 'd1', { type: 'Open', id: 'd1' })
    const [before] = streamed
    const document = await stored('d1')
    if (before === undefined || document === undefined) throw new Error('nothing happened')
    relay.offer(doorCollection, 'acme', {
      ...document,
      pendingEvents: [{ seq: 1, type: 'DoorOpened', atMs: before.atMs, data: { id: 'd1' } }],
    })
    await relay.whenIdle()
    expect(streamed).toHaveLength(2)
    expect(streamed[1]).toEqual(before)
  })

  test('of a collection that cannot be searched for them are refused at the start', () => {
    const { relay } = instance()
    expect(() => relay.start([{ ...doorCollection, indexesEverywhere: [] }])).toThrow(RangeError)
  })
})

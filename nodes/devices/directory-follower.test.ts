import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bus } from '../platform/bus/port.ts'
import { MemoryHub } from '../../engines/bus/memory.ts'
import { silentLogger } from '../platform/logger.ts'
import { StoreUnavailable } from '../platform/store/errors.ts'
import type { Store } from '../platform/store/port.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { deviceClassCollection, deviceCollection, newDeviceDocument } from './collections.ts'
import { aClass, aDevice } from './device.fixture.ts'
import { DirectoryFollower, notesKeptMs, slackMs } from './directory-follower.ts'
import { StoreDeviceDirectory } from './directory.ts'
import { RegistryChanges } from './registry-changes.ts'

interface Instance {
  readonly bus: Bus
  readonly changes: RegistryChanges
  readonly directory: StoreDeviceDirectory
  readonly follower: DirectoryFollower
  /** What it read of the store, in numbers of changes. */
  readonly reads: number[]
}

const clock = { atMs: 0, nowMs: () => clock.atMs }
/** Time-outs of those who wait for others: let pass by hand, or over at once. */
let timeouts: Set<() => void>
let areTimeoutsOver: boolean
const runLater = (_: number, task: () => void): (() => void) => {
  if (areTimeoutsOver) setImmediate(task)
  timeouts.add(task)
  return () => void timeouts.delete(task)
}
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let store: Store
let hub: MemoryHub
let changer: Instance
let other: Instance
let reads: ('notes' | 'everything')[]
/** Reading the registry fails while it is set. */
let trouble: Error | undefined

async function join(name: string): Promise<Instance> {
  const bus = hub.open(name)
  const changes = new RegistryChanges({ store, bus, clock: { ...clock, after: runLater } })
  const directory = await StoreDeviceDirectory.load(store, {
    shipped: [aClass({ key: 'shipped' })],
    changes,
  })
  const counted: number[] = []
  const follower = new DirectoryFollower({
    bus,
    changes,
    clock,
    log: silentLogger,
    readAtMs: clock.nowMs(),
    directory: {
      refresh: async (some) => {
        if (trouble !== undefined) throw trouble
        if (some.length > 0) counted.push(some.length)
        await directory.refresh(some)
      },
      reload: async () => {
        reads.push('everything')
        await directory.reload()
      },
    },
  })
  return { bus, changes, directory, follower, reads: counted }
}

const write = (scaling: number, id = 'd1'): Promise<unknown> =>
  store
    .organization('acme')
    .collection(deviceCollection)
    .upsert(newDeviceDocument(aDevice({ id, classKey: 'shipped', ports: [{ port: 1, scaling }] })))

const calibrate = async (scaling: number, id = 'd1'): Promise<void> => {
  await changer.directory.changeDevice('acme', id, () => write(scaling, id))
}

const scalingAt = ({ directory }: Instance, id = 'd1'): number | undefined =>
  directory.lookup(id)?.ports[1]?.scaling

beforeEach(async () => {
  folder = await temporaryDirectory()
  store = await openSqliteStore({ directory: folder.path })
  hub = new MemoryHub()
  clock.atMs = 1_000_000_000
  reads = []
  timeouts = new Set()
  areTimeoutsOver = false
  trouble = undefined
  changer = await join('changer')
  other = await join('other')
})

afterEach(async () => {
  for (const { follower } of [changer, other]) follower.stop()
  await store.close()
  await folder.remove()
})

describe('a change on one instance', () => {
  test('of a calibration counts on the other', async () => {
    await calibrate(2)
    await other.follower.whenRead()
    expect(scalingAt(other)).toBe(2)
    await calibrate(3)
    await other.follower.whenRead()
    expect(scalingAt(other)).toBe(3)
  })

  test('is done when the other has read it', async () => {
    await calibrate(2)
    expect(scalingAt(other)).toBe(2)
    expect(timeouts.size).toBe(0)
  })

  test('waits for an instance that does not answer until its time is over, and no longer', async () => {
    hub.open('mute')
    let isDone = false
    const done = calibrate(2).then(() => (isDone = true))
    await expect.poll(() => scalingAt(other)).toBe(2)
    await expect.poll(() => timeouts.size).toBe(1)
    expect(isDone).toBe(false)
    for (const task of timeouts) task()
    await done
    expect(timeouts.size).toBe(0)
  })

  test('of a class reaches its devices on the other', async () => {
    const classes = store.organization('acme').collection(deviceClassCollection)
    for (const name of ['Own', 'Own 2']) {
      await changer.directory.changeClass('acme', 'own', () =>
        classes.upsert({ ...aClass({ key: 'own', name }), id: 'own' }),
      )
      if (name === 'Own 2') continue
      const devices = store.organization('acme').collection(deviceCollection)
      await changer.directory.changeDevice('acme', 'd1', () =>
        devices.upsert(newDeviceDocument(aDevice({ classKey: 'own' }))),
      )
    }
    await other.follower.whenRead()
    expect(other.directory.lookup('d1')?.deviceClass.name).toBe('Own 2')
  })

  test('that removes a device is told to whoever asked, with what it was', async () => {
    await calibrate(1)
    await other.follower.whenRead()
    const told: (readonly (string | undefined)[])[] = []
    other.directory.onChange((before, after) => told.push([before?.device.id, after?.device.id]))
    const devices = store.organization('acme').collection(deviceCollection)
    await changer.directory.changeDevice('acme', 'd1', () => devices.remove('d1'))
    await other.follower.whenRead()
    expect(other.directory.lookup('d1')).toBeUndefined()
    expect(told).toEqual([['d1', undefined]])
  })

  test('of many devices is read in few reads', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `d${index}`)
    const devices = store.organization('acme').collection(deviceCollection)
    await Promise.all(
      ids.map((id) => devices.upsert(newDeviceDocument(aDevice({ id, classKey: 'shipped' })))),
    )
    await Promise.all(ids.map((key) => changer.changes.announce({ kind: 'device', orgId: 'acme', key })))
    await other.follower.whenRead()
    expect([...other.directory.all()]).toHaveLength(300)
    expect(other.reads.length).toBeLessThan(30)
  })
})

test('a change whose process died before it could tell of it is found all the same', async () => {
  await calibrate(1)
  clock.atMs += 10 * slackMs
  other.follower.catchUp()
  await other.follower.whenRead()
  const died = changer.directory.changeDevice('acme', 'd1', async () => {
    await write(2)
    throw new Error('SIGKILL')
  })
  await expect(died).rejects.toThrow('SIGKILL')
  other.follower.catchUp()
  await other.follower.whenRead()
  expect(scalingAt(other)).toBe(2)
})

describe('looking now and then', () => {
  const look = async (): Promise<void> => {
    other.follower.catchUp()
    await other.follower.whenRead()
  }

  test('sees a change whose note to the others was lost, and reads each change once', async () => {
    const bus = hub.open('silent')
    bus.publish = () => Promise.resolve()
    bus.others = () => []
    const silent = new RegistryChanges({
      store,
      bus,
      clock: { ...clock, after: runLater },
    })
    const directory = await StoreDeviceDirectory.load(store, {
      shipped: [aClass({ key: 'shipped' })],
      changes: silent,
    })
    await directory.changeDevice('acme', 'd1', () => write(5))
    expect(scalingAt(other)).toBeUndefined()
    for (let n = 0; n < 3; n += 1) await look()
    expect(scalingAt(other)).toBe(5)
    expect(other.reads).toEqual([1])
    await directory.changeDevice('acme', 'd1', () => write(6))
    await look()
    expect(scalingAt(other)).toBe(6)
    expect(other.reads).toEqual([1, 1])
  })

  test('goes on looking at what was about to change when its instance died', async () => {
    await changer.changes.note({ kind: 'device', orgId: 'acme', key: 'd1' })
    await look()
    await write(7)
    await look()
    expect(scalingAt(other)).toBe(7)
  })
})

describe('after a gap', () => {
  beforeEach(() => {
    areTimeoutsOver = true
  })

  test('what has changed meanwhile is read, and nothing else', async () => {
    await calibrate(1, 'before')
    await other.follower.whenRead()
    clock.atMs += 10 * slackMs
    other.follower.catchUp()
    await other.follower.whenRead()
    other.reads.length = 0

    hub.cutOff(other.bus)
    clock.atMs += 10 * slackMs
    await calibrate(2)
    expect(scalingAt(other)).toBeUndefined()
    hub.reconnect(other.bus)
    await other.follower.whenRead()
    expect(scalingAt(other)).toBe(2)
    expect(other.reads).toEqual([1])
  })

  test('longer than notes are kept everything is read', async () => {
    hub.cutOff(other.bus)
    await calibrate(2)
    clock.atMs += notesKeptMs
    await changer.changes.sweep(clock.atMs - slackMs)
    hub.reconnect(other.bus)
    await other.follower.whenRead()
    expect(scalingAt(other)).toBe(2)
    expect(reads).toEqual(['everything'])
  })

  test('a change written by a clock that is behind is found as well', async () => {
    clock.atMs += 10 * slackMs
    other.follower.catchUp()
    await other.follower.whenRead()
    hub.cutOff(other.bus)
    clock.atMs -= slackMs
    await calibrate(2)
    clock.atMs += slackMs
    hub.reconnect(other.bus)
    await other.follower.whenRead()
    expect(scalingAt(other)).toBe(2)
  })
})

test('when the store fails, what could not be read is read the next time', async () => {
  areTimeoutsOver = true
  trouble = new StoreUnavailable('io')
  await calibrate(2)
  await other.follower.whenRead()
  expect(scalingAt(other)).toBeUndefined()
  trouble = undefined
  other.follower.catchUp()
  await other.follower.whenRead()
  expect(scalingAt(other)).toBe(2)
})

import { expect, test } from 'vitest'
import { MemoryHub, soleBus } from '../../../engines/bus/memory.ts'
import type { Bus } from '../../platform/bus/port.ts'
import { silentLogger } from '../../platform/logger.ts'
import { type Admission, type Admissions, createAdmissions } from './admissions.ts'
import { createWorld, type World } from './auth.fixture.ts'
import { createSignIns, type SignIns } from './sign-ins.ts'

interface Door {
  readonly signIns: SignIns
  readonly admissions: Admissions
  readonly ended: string[]
  /** The store cannot be asked. */
  failing: boolean
  /** Lets half a second pass. */
  look(): Promise<void>
  /** What is being looked at has been. */
  settled(): Promise<void>
  letIn(who: string, signInId: string, mayStay?: Admission['mayStay']): () => void
}

async function openDoor(world: World, bus: Bus = soleBus('here')): Promise<Door> {
  const signIns = createSignIns(world.store, world.clock)
  const tasks: (() => void)[] = []
  let looked: Promise<unknown> = Promise.resolve()
  const admissions = createAdmissions({
    signIns: {
      heard: (change) => signIns.heard(change),
      onChange: (listener) => signIns.onChange(listener),
      holding(ids) {
        const holding = door.failing ? Promise.reject(new Error('away')) : signIns.holding(ids)
        looked = holding.catch(() => undefined)
        return holding
      },
    },
    bus,
    log: silentLogger,
    every(_, task) {
      tasks.push(task)
      return () => undefined
    },
  })
  const ended: string[] = []
  const door: Door = {
    failing: false,
    signIns,
    admissions,
    ended,
    async look() {
      for (const task of tasks) task()
      await door.settled()
    },
    async settled() {
      await looked
      await new Promise((resolve) => setImmediate(resolve))
    },
    letIn: (who, signInId, mayStay = () => true) =>
      admissions.admit({ signInId, holderId: 'user-ann', mayStay, end: () => ended.push(who) }),
  }
  return door
}

const signIn = async ({ clock }: World, { signIns }: Door, id: string, lifeMs = 60_000): Promise<void> => {
  const createdAtMs = clock.nowMs()
  await signIns.open({
    id,
    kind: 'session',
    userId: 'user-ann',
    createdAtMs,
    expiresAtMs: createdAtMs + lifeMs,
  })
}

test('a sign-out ends what was let in by it at once, and nothing else', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'one')
  await signIn(world, door, 'other')
  door.letIn('live', 'one')
  door.letIn('editor', 'one')
  door.letIn('other', 'other')
  await door.signIns.close('one')
  await door.look()
  expect(door.ended).toEqual(['live', 'editor'])
})

test('what nobody told of is found: a session closed elsewhere, one that expired, a user who was disabled', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'elsewhere')
  await signIn(world, door, 'short', 1000)
  await signIn(world, door, 'long')
  for (const id of ['elsewhere', 'short', 'long']) door.letIn(id, id)
  await createSignIns(world.store, world.clock).close('elsewhere')
  await door.look()
  expect(door.ended).toEqual(['elsewhere'])
  world.clock.advance(1000)
  await door.look()
  expect(door.ended).toEqual(['elsewhere', 'short'])
  await world.change('user-ann', { isEnabled: false })
  await door.look()
  expect(door.ended).toEqual(['elsewhere', 'short', 'long'])
})

test('a user who may no longer be there goes, and stays where they may', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'one')
  door.letIn('editor', 'one', (now) => now.kind === 'user' && now.role === 'platform-admin')
  door.letIn('live', 'one')
  await door.look()
  expect(door.ended).toEqual([])
  await world.change('user-ann', { role: 'operator', orgId: 'acme' })
  await door.look()
  await door.look()
  expect(door.ended).toEqual(['editor'])
})

test('who has gone by themselves is not told to go', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'one')
  const release = door.letIn('live', 'one')
  release()
  await door.signIns.close('one')
  expect(door.ended).toEqual([])
})

test('a change that was told of is looked at without waiting, for the holder it is about', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'one')
  door.letIn('live', 'one')
  await world.change('user-ann', { isEnabled: false })
  door.signIns.changed('somebody-else')
  await door.settled()
  expect(door.ended).toEqual([])
  door.signIns.changed('user-ann')
  await door.settled()
  expect(door.ended).toEqual(['live'])
})

test('what is changed at one instance is known at the others: what they believed, and whom they let in', async () => {
  await using world = await createWorld()
  await world.addUser()
  const hub = new MemoryHub()
  const bus = hub.open('there')
  const [here, there] = [await openDoor(world, hub.open('here')), await openDoor(world, bus)]
  for (const id of ['closed', 'changed', 'missed']) await signIn(world, here, id)
  for (const id of ['closed', 'changed', 'missed']) {
    expect(await there.signIns.find('session', id)).toBeDefined()
    there.letIn(id, id)
  }
  await here.signIns.close('closed')
  expect(there.ended).toEqual(['closed'])
  expect(await there.signIns.find('session', 'closed')).toBeUndefined()
  hub.cutOff(bus)
  await here.signIns.close('missed')
  expect(await there.signIns.find('session', 'missed')).toBeDefined()
  hub.reconnect(bus)
  await there.settled()
  expect(there.ended).toEqual(['closed', 'missed'])
  expect(await there.signIns.find('session', 'missed')).toBeUndefined()
  await world.change('user-ann', { epoch: 1 })
  here.signIns.changed('user-ann')
  await there.settled()
  expect(there.ended).toEqual(['closed', 'missed', 'changed'])
  expect(await there.signIns.find('session', 'changed')).toBeUndefined()
})

test('an epoch that has passed ends every sign-in of before, and none after', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'before')
  door.letIn('before', 'before')
  await world.change('user-ann', { epoch: 1 })
  const { clock } = world
  const times = { createdAtMs: clock.nowMs(), expiresAtMs: clock.nowMs() + 60_000 }
  await door.signIns.open({ id: 'after', kind: 'session', userId: 'user-ann', epoch: 1, ...times })
  door.letIn('after', 'after')
  await door.look()
  expect(door.ended).toEqual(['before'])
  expect(await door.signIns.find('session', 'after')).toBeDefined()
  expect(await door.signIns.find('session', 'before')).toBeUndefined()
})

test('nobody is told to go because the store cannot be asked', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  await signIn(world, door, 'one')
  door.letIn('live', 'one')
  door.failing = true
  await door.look()
  expect(door.ended).toEqual([])
  door.failing = false
  await createSignIns(world.store, world.clock).close('one')
  await door.look()
  expect(door.ended).toEqual(['live'])
})

test('of many, those that have waited longest are looked at first', async () => {
  await using world = await createWorld()
  await world.addUser()
  const door = await openDoor(world)
  const asked: number[] = []
  await signIn(world, door, 'kept')
  for (let i = 0; i < 700; i++) door.letIn(`gone ${i}`, `gone ${i}`)
  door.letIn('kept', 'kept')
  await door.look()
  asked.push(door.ended.length)
  await door.look()
  asked.push(door.ended.length)
  expect(asked).toEqual([500, 700])
  expect(door.ended).not.toContain('kept')
})

import { beforeEach, expect, test } from 'vitest'
import { useInstances } from '../platform/kit/jobs/instances.fixture.ts'
import { type BookingWorld, openBookingWorld } from './booking-world.fixture.ts'

const hour = 3_600_000
const startMs = Date.UTC(2026, 2, 2, 9)
const block = {
  id: 'k1',
  podId: 'p1',
  fromMs: startMs + hour,
  toMs: startMs + 3 * hour,
  reason: 'cleaning',
} as const
const instances = useInstances(startMs)
let world: BookingWorld

beforeEach(async () => {
  world = await openBookingWorld(instances)
  await world.grant('ada', 100)
})

const book = async (id: string) => {
  const stay = { startMs: startMs + 2 * hour, endMs: startMs + 3 * hour }
  const wanted = { id, podId: 'p1', userId: 'ada', actor: 'ada', ...stay }
  return (await world.bookings.create('acme', wanted)).kind
}
const blocks = async () => (await world.pods.blocksOf('acme', 'p1')).map(({ id }) => id)

test('a block keeps guests out until it is removed', async () => {
  expect(await world.blocks.make('acme', block, 'op')).toMatchObject(block)
  expect(await book('b1')).toBe('taken')
  expect(await world.blocks.remove('acme', 'p2', 'k1')).toBe(false)
  expect(await world.blocks.remove('acme', 'p1', 'k1')).toBe(true)
  expect(await world.blocks.remove('acme', 'p1', 'k1')).toBe(false)
  expect(await book('b1')).toBe('booked')
})

test('where somebody has booked there is no block', async () => {
  await book('b1')
  expect(await world.blocks.make('acme', block, 'op')).toBeUndefined()
  expect(await blocks()).toEqual([])
})

test('whoever died while making one leaves nothing behind, and the time is free a minute later', async () => {
  const { pods } = world
  const addBlock = pods.addBlock.bind(pods)
  pods.addBlock = () => Promise.reject(new Error('it died'))
  await expect(world.blocks.make('acme', block, 'op')).rejects.toThrow('it died')
  pods.addBlock = addBlock
  expect(await blocks()).toEqual([])
  await instances.clock.pass(60_000)
  expect(await book('b1')).toBe('booked')
})

test('a guest who comes while one is being made does not get the time', async () => {
  const { pods } = world
  const addBlock = pods.addBlock.bind(pods)
  let meanwhile: Promise<string> | undefined
  pods.addBlock = async (...of) => {
    meanwhile = book('b1')
    await instances.clock.pass(200)
    return addBlock(...of)
  }
  await world.blocks.make('acme', block, 'op')
  await instances.clock.pass(200)
  expect(await meanwhile).toBe('taken')
  expect(await blocks()).toEqual(['k1'])
})

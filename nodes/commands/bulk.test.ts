import { expect, test } from 'vitest'
import { aClass, aDevice, aRecord } from '../devices/device.fixture.ts'
import { bulkScopeSchema, devicesIn } from './bulk.ts'
import { commandIdOf } from './command-ids.ts'

const records = [
  aRecord(aClass(), aDevice({ id: 'b', tags: ['hall'] })),
  aRecord(aClass(), aDevice({ id: 'a', tags: ['hall', 'north'] })),
  aRecord(aClass(), aDevice({ id: 'c', classKey: 'other' })),
  aRecord(aClass(), aDevice({ id: 'd', tags: ['hall'] }), 'others'),
]
const directory = {
  all: () => records,
  lookup: (id: string) => records.find(({ device }) => device.id === id),
}

test.each([
  [{ tag: 'hall' }, ['a', 'b']],
  [{ tag: 'nowhere' }, []],
  [{ classKey: 'logger' }, ['a', 'b']],
  [{ deviceIds: ['c', 'a', 'c', 'd', 'ghost'] }, ['c', 'a']],
])('%j means the organization’s own %j', (scope, ids) => {
  expect(devicesIn(directory, 'acme', scope).map(({ device }) => device.id)).toEqual(ids)
})

test.each([{}, { tag: 'a', classKey: 'b' }, { deviceIds: [] }, { everything: true }])(
  '%j is no scope',
  (scope) => {
    expect(bulkScopeSchema.safeParse(scope).success).toBe(false)
  },
)

test('each place of a bulk has an id of its own, the same each time', () => {
  const bulkId = '5f0c1d2e-3b4a-4c5d-8e6f-ffffffffffff'
  const ids = Array.from({ length: 1000 }, (_, place) => commandIdOf(bulkId, place))
  expect(new Set([...ids, bulkId]).size).toBe(1001)
  expect(ids[0]).toBe('5f0c1d2e-3b4a-4c5d-8e6f-000000000000')
  expect(commandIdOf(bulkId, 7)).toBe(ids[7])
})

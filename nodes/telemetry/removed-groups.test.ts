import { expect, test } from 'vitest'
import { silentLogger } from '../platform/logger.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { RemovedGroups } from './removed-groups.ts'

test('a group keeps its place for as long as entries are kept, unless its node comes back', async () => {
  const directory = await temporaryDirectory()
  const store = await openSqliteStore({ directory: directory.path })
  const clock = { atMs: 1000, nowMs: () => clock.atMs }
  const groups = new RemovedGroups(store, clock)
  const forgotten: string[] = []
  const engine = {
    forgetGroup: (stream: string, group: string) => {
      if (group === 'elsewhere') return Promise.reject(new Error('it has consumers'))
      forgotten.push(`${stream} ${group}`)
      return Promise.resolve(true)
    },
  }
  for (const group of ['gone', 'back', 'elsewhere']) await groups.removed('uplink', group)
  await groups.used('back')
  clock.atMs = 2000
  await groups.forgetOld(engine, 1000, silentLogger)
  expect(forgotten).toEqual([])
  clock.atMs = 2001
  await groups.forgetOld(engine, 1000, silentLogger)
  expect(forgotten).toEqual(['uplink gone'])
  await groups.forgetOld(engine, 1000, silentLogger)
  expect(forgotten).toEqual(['uplink gone'])
  await store.close()
  await directory.remove()
})

/** A second process on the same files: `node child.fixture.ts <directory> count|claim|write|own <times>`. */
import { writeSync } from 'node:fs'
import { THINGS } from '../../../nodes/platform/store/contract/fixture.ts'
import { openSqliteStore } from '../sqlite.ts'

const STDOUT = 1
const [, , directory = '', task = '', times = '0'] = process.argv
const store = await openSqliteStore({
  directory,
  isDedicated: (orgId) => orgId === 'own',
  syncsBeside: true,
})
const things = store.organization(task === 'own' ? 'own' : 'acme').collection(THINGS)
// Written synchronously: what a buffer still held at a SIGKILL would be missing from the log.
const say = (line: string): void => {
  writeSync(STDOUT, `${line}\n`)
}

switch (task) {
  case 'count':
    for (let n = 0; n < Number(times); n += 1) {
      await things.update('counter', (thing) => ({ ...thing, rank: (thing.rank ?? 0) + 1 }))
    }
    break
  case 'claim':
    for (;;) {
      const claimed = await things.claim(
        {},
        { owner: `${process.pid}`, nowMs: 0, durationMs: 1 },
        { limit: 3 },
      )
      if (claimed.length === 0) break
      say(claimed.map(({ document }) => document.id).join(' '))
    }
    break
  default:
    // Until killed: each id is said once its write was resolved.
    for (let n = 0; ; n += 1) {
      const id = `${process.pid}-${n}`
      void things
        .insert({ id, serial: id, login: id, place: { latitude: 1, longitude: 1 } })
        .then(() => say(id))
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
}
await store.close()

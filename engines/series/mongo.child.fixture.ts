/**
 * An instance that stores what a stream delivers: `node mongo.child.fixture.ts <url> <from> <to> <mode>`. It appends
 * readings `from` to `to` in batches and says the end of each batch once its append was resolved. In mode `crash` it
 * ends by SIGKILL when the server has confirmed an insert, before anybody learns of it.
 */
import { writeSync } from 'node:fs'

import { Collection } from 'mongodb'

import { silentLogger } from '../../nodes/platform/logger.ts'
import { connectMongo } from '../mongo/connect.ts'
import { openMongoSeries } from './mongo.ts'
import { deliveries } from './mongo.deliveries.fixture.ts'

const STDOUT = 1
const BATCH = 20
const [, , url = '', from = '0', to = '0', mode = ''] = process.argv

if (mode === 'crash') {
  // oxlint-disable-next-line typescript/unbound-method -- called with its `this` below
  const insert = Collection.prototype.insertMany
  Collection.prototype.insertMany = async function insertAndDie(...batch) {
    const result = await insert.apply(this, batch)
    if (this.collectionName === 'series.readings') process.kill(process.pid, 'SIGKILL')
    return result
  }
}

const connection = await connectMongo({ url, logger: silentLogger })
const series = await openMongoSeries(connection)
for (let at = Number(from); at < Number(to); at += BATCH) {
  const end = Math.min(Number(to), at + BATCH)
  await series.append(deliveries(at, end))
  writeSync(STDOUT, `${end}\n`)
}
await series.close()
await connection.close()

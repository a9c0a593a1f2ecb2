/**
 * An instance to be killed or stopped: consumes a stream of the server it is given and prints each batch that it is
 * handed, as labels with spaces between them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { labelsOf } from '../../nodes/platform/stream/contract/fixture.ts'
import { openRedisStream } from './redis.ts'

const [url = '', namespace = ''] = process.argv.slice(2)
const stream = await openRedisStream({ url, namespace })
await stream.consume({
  stream: 'uplink',
  group: 'process',
  startAt: 'beginning',
  maxEntries: 50,
  handle: async (batch) => {
    process.stdout.write(`${labelsOf(batch).join(' ')}\n`)
    await sleep(2)
    return { kind: 'processed', durable: Promise.resolve() }
  },
  abandon: () => Promise.resolve(),
})
process.stdout.write('ready\n')
process.on('SIGTERM', () => {
  void stream.close()
})

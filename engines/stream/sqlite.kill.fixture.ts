/**
 * A process to be killed: appends to the file it is given as fast as it can, several appends at a time, and prints the
 * last number of each batch once it is acknowledged. A group follows in the meantime.
 */
import { openSqliteStream } from './sqlite.ts'

const [file = '', from = '0'] = process.argv.slice(2)
const stream = await openSqliteStream({ file })
await stream.consume({
  stream: 'uplink',
  group: 'process',
  startAt: 'beginning',
  maxEntries: 64,
  handle: () => Promise.resolve({ kind: 'processed', durable: Promise.resolve() }),
  abandon: () => Promise.resolve(),
})
const route = { orgId: 'org-1', key: 'device-1', type: 'telemetry' }
let next = Number(from)

async function appendForever(): Promise<never> {
  for (;;) {
    const numbers = Array.from({ length: 20 }, (_, index) => next + index)
    next += numbers.length
    await stream.append(
      'uplink',
      numbers.map((number) => ({ route, atMs: number, data: Buffer.from(String(number)) })),
    )
    process.stdout.write(`${numbers.at(-1)}\n`)
  }
}

await Promise.all([appendForever(), appendForever(), appendForever()])

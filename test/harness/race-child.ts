/**
 * One of the processes of the booking race: `node race-child.ts <store> <where> <name>`, the store being `sqlite` with a
 * folder or `mongo` with a URL. Told a start and how many want it, it tells the ids of the bookings that got it.
 */
import { connectMongo } from '../../engines/mongo/connect.ts'
import { openMongoStore } from '../../engines/store/mongo.ts'
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { openChain } from '../../nodes/access/booking-chain.fixture.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import { silentLogger } from '../../nodes/platform/logger.ts'

const [, , kind = '', where = '', name = ''] = process.argv
const mongo = kind === 'mongo' ? await connectMongo({ url: where, logger: silentLogger }) : undefined
const store = mongo === undefined ? await openSqliteStore({ directory: where }) : await openMongoStore(mongo)
const chain = openChain({ store, clock: systemClock, append: () => Promise.resolve() })

process.on('message', ({ racers, startMs }: { readonly startMs: number; readonly racers: number }) => {
  const outcomes = Array.from({ length: racers }, async (_, n) => {
    const userId = `${name}-${n}`
    const wanted = { podId: 'p0', userId, actor: userId, startMs, endMs: startMs + 30 * 60_000 }
    const id = `${startMs}-${name}-${n}`
    return (await chain.bookings.create('acme', { ...wanted, id })).kind === 'booked' ? [id] : []
  })
  void Promise.all(outcomes).then((won) => process.send?.({ won: won.flat() }))
})
process.once('disconnect', () => {
  void chain.relay
    .stop()
    .then(() => store.close())
    .then(() => mongo?.close())
})
process.send?.('ready')

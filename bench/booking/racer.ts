/** One of two processes of the race: `node racer.ts <directory> <name> <racers>`; told a start, it tells how many got it. */
import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { openChain } from '../../nodes/access/booking-chain.fixture.ts'
import { systemClock } from '../../nodes/platform/clock.ts'

const [, , directory = '', name = '', racers = '0'] = process.argv
const store = await openSqliteStore({ directory })
const chain = openChain({ store, clock: systemClock, append: () => Promise.resolve() })

process.on('message', ({ startMs }: { readonly startMs: number }) => {
  const wanted = Array.from({ length: Number(racers) }, (_, n) => ({
    id: `${name}-${startMs}-${n}`,
    podId: 'p0',
    userId: `u${n}`,
    actor: `u${n}`,
    startMs,
    endMs: startMs + 30 * 60_000,
  }))
  void Promise.all(wanted.map((each) => chain.bookings.create('acme', each))).then((outcomes) => {
    process.send?.(outcomes.filter(({ kind }) => kind === 'booked').length)
  })
})
process.once('disconnect', () => {
  void chain.relay.stop().then(() => store.close())
})
process.send?.('ready')

import { openSqliteStore } from '../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { codeKey, openChain } from '../../nodes/access/booking-chain.fixture.ts'
import { hashCode } from '../../nodes/access/code.ts'
import { podSettings } from '../../nodes/booking/booking-world.fixture.ts'
import type { DomainEvent } from '../../nodes/platform/kit/events/event.ts'
import { bySubject } from '../../nodes/platform/kit/events/by-subject.ts'
import { createRandom, type Random } from '../../sim/random.ts'
import { virtualClock } from '../../nodes/platform/testing/virtual-clock.fixture.ts'
import { check } from './check.ts'

export interface Week {
  readonly seed: string
  readonly days: number
  readonly pods: number
  /** Domain events and what doors tell, together. */
  readonly eventsPerDay: number
}

export interface Lived {
  readonly events: number
  readonly bookings: number
  readonly outcomes: Readonly<Record<string, number>>
}

const orgId = 'acme'
const dayMs = 86_400_000
const slotMs = 30 * 60_000
const firstDayMs = Date.UTC(2026, 2, 2)
const userCount = 500
/** So many events a booking brings about, as a rule: it is only made of as many as the day is to have. */
const eventsEach = 14

interface Visit {
  readonly id: string
  readonly podId: string
  readonly userId: string
  readonly startMs: number
  readonly endMs: number
  /** What the guest does. */
  readonly kind: 'cancels' | 'comes' | 'leaves the door open' | 'stays away' | 'types wrong codes'
}

/** @throws when something does not hold, with the seed */
export async function live(week: Week): Promise<Lived> {
  const { days, eventsPerDay, pods, seed } = week
  const random = createRandom(seed)
  const folder = await temporaryDirectory()
  const store = await openSqliteStore({ directory: folder.path })
  const clock = virtualClock(firstDayMs - dayMs)
  const waiting: DomainEvent[] = []
  let events = 0
  const outcomes: Record<string, number> = {}
  const chain = openChain({
    store,
    clock,
    append: (appended) => {
      waiting.push(...appended)
      events += appended.length
      return Promise.resolve()
    },
  })
  const count = (outcome: string): void => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  /** Through the flows, those of different subjects side by side. */
  const drain = async (): Promise<void> => {
    for (;;) {
      await chain.relay.whenIdle()
      if (waiting.length === 0) return
      await bySubject(waiting.splice(0, 500), (event) => chain.take(event))
    }
  }
  const together = async <T>(items: readonly T[], take: (item: T) => Promise<unknown>): Promise<void> => {
    for (let at = 0; at < items.length; at += 64) await Promise.all(items.slice(at, at + 64).map(take))
  }
  const podIds = Array.from({ length: pods }, (_, n) => `pod-${n}`)
  const userIds = Array.from({ length: userCount }, (_, n) => `user-${n}`)
  await together(podIds, (id) => chain.pods.save(orgId, id, podSettings))
  await together(userIds, (id) =>
    chain.ledger.post(orgId, id, { type: 'Grant', id: `g-${id}`, credits: 40, reason: 'x' }, 'op'),
  )
  const kinds = new Map<string, Visit>()
  const tell = async (
    visit: Visit,
    event: 'CLOSE_DOOR' | 'CODE_ENTERED' | 'OPEN_DOOR' | 'SESSION_END',
    code = '',
  ): Promise<void> => {
    events += 1
    const { id, podId } = visit
    const report = { orgId, podId, event, atMs: clock.nowMs(), bookingId: undefined } as const
    const codeHash = event === 'CODE_ENTERED' ? hashCode(codeKey, orgId, podId, code) : undefined
    const checked = await chain.access.report({ ...report, eventId: `${event}/${id}/${code}`, codeHash })
    if (event === 'CODE_ENTERED') count(`code ${checked}`)
  }
  let made = 0
  try {
    for (let day = 0; day < days; day += 1) {
      const todayMs = firstDayMs + day * dayMs
      clock.turnTo(todayMs - 3_600_000)
      const visits = plan(random, { pods, todayMs, count: Math.round(eventsPerDay / eventsEach), made })
      made += visits.length
      for (const visit of visits) kinds.set(visit.id, visit)
      await together(visits, async (visit) => {
        const { kind: _, ...wanted } = visit
        count((await chain.bookings.create(orgId, { ...wanted, actor: visit.userId })).kind)
      })
      await drain()
      const cancelled = visits.filter(({ kind }) => kind === 'cancels')
      await together(cancelled, ({ id, userId }) =>
        chain.bookings.handle(orgId, id, { type: 'CancelBooking', reason: 'x', actor: userId }),
      )
      await drain()
      // The day by its half hours: who comes, who leaves, and what the clock does about the others.
      for (let slotStartMs = todayMs; slotStartMs < todayMs + dayMs; slotStartMs += slotMs) {
        clock.turnTo(slotStartMs)
        const coming = visits.filter(({ startMs }) => startMs === slotStartMs)
        await together(coming, async (visit) => {
          const booking = await chain.bookings.get(orgId, visit.id)
          if (booking?.status !== 'CONFIRMED' || visit.kind === 'stays away') return
          if (visit.kind === 'types wrong codes')
            for (let n = 0; n < 6; n += 1) await tell(visit, 'CODE_ENTERED', `wrong-${n}`)
          await tell(visit, 'CODE_ENTERED', (await chain.access.codes.issue(orgId, visit.id))?.code)
          if (visit.kind !== 'types wrong codes') await tell(visit, 'OPEN_DOOR')
        })
        clock.turnTo(slotStartMs + slotMs - 60_000)
        const leaving = visits.filter(({ endMs }) => endMs === slotStartMs + slotMs)
        await together(leaving, async (visit) => {
          if (visit.kind !== 'comes' && visit.kind !== 'leaves the door open') return
          await tell(visit, 'SESSION_END')
          if (visit.kind === 'comes') await tell(visit, 'CLOSE_DOOR')
        })
        await drain()
      }
      clock.turnTo(todayMs + dayMs + 3_600_000)
      await together([...kinds.keys()], async (id) => {
        for (let more = true; more;) {
          const outcome = await chain.bookings.handle(orgId, id, { type: 'AdvanceBooking' })
          more = outcome.kind === 'done' && outcome.events.length > 0
        }
      })
      await drain()
      for (const [status, many] of Object.entries(
        await check(store, chain, { orgId, userIds, ids: kinds.keys() }),
      ))
        outcomes[status] = (outcomes[status] ?? 0) + many
      kinds.clear()
    }
    return { events, bookings: made, outcomes }
  } catch (error) {
    throw new Error(`the week of seed ${seed} does not hold`, { cause: error })
  } finally {
    await chain.stop()
    await store.close()
    await folder.remove()
  }
}

/** More than one may want the same time. */
function plan(
  random: Random,
  {
    count,
    made,
    pods,
    todayMs,
  }: { readonly pods: number; readonly todayMs: number; readonly count: number; readonly made: number },
): readonly Visit[] {
  const of = (limit: number): number => Math.floor(random() * limit)
  return Array.from({ length: count }, (_, n) => {
    const startMs = todayMs + of(46) * slotMs
    const chance = random()
    return {
      id: `b${made + n}`,
      podId: `pod-${of(pods)}`,
      userId: `user-${of(userCount)}`,
      startMs,
      endMs: startMs + (1 + of(2)) * slotMs,
      kind:
        chance < 0.1
          ? 'cancels'
          : chance < 0.2
            ? 'stays away'
            : chance < 0.25
              ? 'leaves the door open'
              : chance < 0.27
                ? 'types wrong codes'
                : 'comes',
    } as const
  })
}

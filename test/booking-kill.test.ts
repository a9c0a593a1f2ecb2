import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { bookingView } from '../nodes/booking/booking.ts'
import type { Answer, ApiClient } from './harness/api-client.ts'
import { podBody } from './harness/pods.ts'
import { seededRandom } from './harness/random.ts'
import { createOrganization, registerDevice } from './harness/resources.ts'
import { until } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

/** `BOOKING_KILLS=100 BOOKINGS=500` for as many as one wants. */
const kills = Number(process.env['BOOKING_KILLS'] ?? 4)
const bookings = Number(process.env['BOOKINGS'] ?? 24)
const members = 5
const pods = 10
const credits = 1000
const price = 3
const hour = 3_600_000
const day = 24 * hour
const password = 'sleeps-in-a-pod-42'
const wrapped = z.object({ booking: bookingView })
const walletView = z.object({ balance: z.int(), held: z.int() })
const codeView = z.object({ code: z.string() })
const running = usePlatform()

interface Wish {
  readonly n: number
  readonly member: number
  readonly podId: string
  readonly startMs: number
  readonly becomes: 'cancelled' | 'extended' | 'kept'
}

/** What everybody wants, all of which can be had: no two want the same hour, every stay has two to itself. */
function wishes(firstMs: number): readonly Wish[] {
  const become = ['kept', 'extended', 'kept', 'cancelled', 'kept'] as const
  return Array.from({ length: bookings }, (_, n) => ({
    n,
    member: n % members,
    podId: `pod-${n % pods}`,
    startMs: firstMs + Math.floor(n / pods) * 2 * hour,
    becomes: become[Math.floor(n / members) % become.length] ?? 'kept',
  }))
}

/** Asked again, as apps do, until there is an answer that is one. */
const answered = (ask: () => Promise<Answer>): Promise<Answer> =>
  until(
    'an answer',
    async () => {
      const answer = await ask().catch(() => undefined)
      return answer !== undefined && answer.status < 500 && answer.status !== 429 ? answer : undefined
    },
    { seconds: 120, everyMs: 100 },
  )

it(
  `${bookings} bookings come to the same end with ${kills} kills as without`,
  async () => {
    const platform = running()
    const random = seededRandom('booking kills')
    const api = await createOrganization(platform.api, 'acme')
    for (let n = 0; n < pods; n += 1) {
      await registerDevice(api, `pod-${n}`, { classKey: 'sleep-pod' })
      await api.expect(z.unknown(), 'PUT', `/api/v1/pods/pod-${n}`, { body: podBody() })
    }
    const guests: ApiClient[] = []
    for (let n = 0; n < members; n += 1) {
      const id = await addUser(api, `guest-${n}@acme.example`, 'member', password)
      await api.expect(z.unknown(), 'POST', `/api/v1/wallets/${id}/grants`, {
        body: { credits, reason: 'welcome' },
        headers: { 'idempotency-key': `welcome-${n}` },
      })
      guests.push(platform.api.signedInAs(`guest-${n}@acme.example`, password))
    }
    const guestOf = ({ member }: Wish): ApiClient => {
      const guest = guests[member]
      if (guest === undefined) throw new Error(`there is no guest ${member}`)
      return guest
    }

    /** One wish to its end, as its app goes about it. */
    async function live(wish: Wish): Promise<string> {
      const guest = guestOf(wish)
      const { n, podId, startMs } = wish
      const body = {
        podId,
        start: new Date(startMs).toISOString(),
        end: new Date(startMs + hour).toISOString(),
      }
      const headers = { 'idempotency-key': `wish-${n}` }
      const made = await answered(() => guest.call('POST', '/api/v1/bookings', { body, headers }))
      expect([n, made.status]).toEqual([n, 201])
      const { id } = wrapped.parse(made.body).booking
      if (wish.becomes === 'kept') return id
      await until(
        `${id} to be paid`,
        async () => {
          const answer = await answered(() => guest.call('GET', `/api/v1/bookings/${id}`))
          return wrapped.parse(answer.body).booking.status === 'CONFIRMED' || undefined
        },
        { seconds: 120 },
      )
      const change =
        wish.becomes === 'cancelled'
          ? ({ name: 'cancel', body: {} } as const)
          : ({ name: 'extend', body: { end: new Date(startMs + 2 * hour).toISOString() } } as const)
      const changed = await answered(() =>
        guest.call('POST', `/api/v1/bookings/${id}/${change.name}`, { body: change.body }),
      )
      expect([n, changed.status]).toEqual([n, 200])
      return id
    }

    const all = wishes(Math.ceil(Date.now() / day + 1) * day)
    const perRound = Math.ceil(bookings / (kills + 1))
    const ids = new Map<Wish, string>()
    const readyMs: number[] = []
    for (let from = 0; from < all.length; from += perRound) {
      const lives = all.slice(from, from + perRound).map(async (wish) => ids.set(wish, await live(wish)))
      if (readyMs.length < kills) {
        await delay(random.between(0, 400))
        await platform.kill('SIGKILL')
        readyMs.push(await platform.start())
      }
      await Promise.all(lives)
    }
    process.stdout.write(
      `booking kills: ${readyMs.length} over ${ids.size} bookings, ready after ${Math.round(Math.max(...readyMs))} ms at most\n`,
    )

    const codes = new Map<string, Set<string>>()
    for (const [wish, id] of ids) {
      const guest = guestOf(wish)
      const wanted = wish.becomes === 'cancelled' ? 'CANCELLED' : 'CONFIRMED'
      const booking = await until(`wish ${wish.n} to be ${wanted}`, async () => {
        const found = await guest.expect(wrapped, 'GET', `/api/v1/bookings/${id}`)
        return found.booking.status === wanted ? found.booking : undefined
      })
      const hours = wish.becomes === 'extended' ? 2 : 1
      expect([wish.n, booking.credits, Date.parse(booking.end)]).toEqual([
        wish.n,
        hours * price,
        wish.startMs + hours * hour,
      ])
      if (wanted === 'CANCELLED') continue
      const { code } = await guest.expect(codeView, 'GET', `/api/v1/bookings/${id}/access-code`)
      codes.set(wish.podId, (codes.get(wish.podId) ?? new Set()).add(code))
    }
    const known = await api.all(bookingView, '/api/v1/bookings?limit=1000')
    expect(known.map(({ id }) => id).toSorted()).toEqual([...ids.values()].toSorted())
    for (const [member, guest] of guests.entries()) {
      const kept = all.filter((wish) => wish.member === member && wish.becomes !== 'cancelled')
      const spent = kept.reduce((sum, { becomes }) => sum + (becomes === 'extended' ? 2 : 1) * price, 0)
      await expect
        .poll(() => guest.expect(walletView, 'GET', '/api/v1/wallet'), { timeout: 20_000 })
        .toEqual({ balance: credits - spent, held: 0 })
    }
    for (const [podId, own] of codes) {
      const wanted = all.filter((wish) => wish.podId === podId && wish.becomes !== 'cancelled')
      expect([podId, own.size]).toEqual([podId, wanted.length])
    }
    expect(await api.call('GET', '/api/v1/ledger/trial-balance')).toMatchObject({ body: { sum: 0 } })
  },
  120_000 + kills * 20_000,
)

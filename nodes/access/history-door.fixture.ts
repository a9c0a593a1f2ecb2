/** The doors of a history: what is typed at them, beside a reference that says in a few lines what may come of it. */
import assert from 'node:assert/strict'
import { doorOpensEarlyMs } from '../booking/booking-times.ts'
import type { Checked } from './access.ts'
import { codeKey } from './booking-chain.fixture.ts'
import { hashCode } from './code.ts'
import { historyPods, type HistoryWorld } from './history-world.fixture.ts'
import type { PodReport } from './pod-report.ts'

interface Typing {
  readonly bookingId: string
  /** Another pod than that of the booking. */
  readonly podId: string | undefined
  readonly isWrong: boolean
  /** By the clock of the pod, before now; less than nothing when that is ahead. */
  readonly lateMs: number
}

const minute = 60_000

/** Five wrong codes in ten minutes lock a keypad for fifteen, and a right one ends the counting. */
class Reference {
  #wrongAtMs: number[] = []
  #lockedUntilMs = Number.NEGATIVE_INFINITY

  typed(nowMs: number, lateMs: number, isRight: boolean): Checked {
    if (nowMs < this.#lockedUntilMs) return 'locked'
    // What is too old by the clock of the moment is forgotten, and stays so when the clock is put back.
    this.#wrongAtMs = this.#wrongAtMs.filter((atMs) => atMs > nowMs - 10 * minute)
    if (Math.abs(lateMs) > 2 * minute) return 'late'
    if (isRight) {
      this.unlock()
      return 'opened'
    }
    this.#wrongAtMs = [...this.#wrongAtMs, nowMs]
    if (this.#wrongAtMs.length >= 5) {
      this.unlock()
      this.#lockedUntilMs = nowMs + 15 * minute
    }
    return 'wrong'
  }

  unlock(): void {
    this.#wrongAtMs = []
    this.#lockedUntilMs = Number.NEGATIVE_INFINITY
  }
}

export class HistoryDoor {
  readonly #world: HistoryWorld
  readonly #keypads = new Map<string, Reference>(historyPods.map((id) => [id, new Reference()]))
  /** The code that a guest has looked at last. */
  readonly #codes = new Map<string, string>()
  readonly #reports: { readonly report: PodReport; readonly outcome: Checked }[] = []
  #count = 0

  constructor(world: HistoryWorld) {
    this.#world = world
  }

  async type({ bookingId, isWrong, lateMs, podId: elsewhere }: Typing): Promise<void> {
    const { clock, orgId } = this.#world
    const { access, bookings, opened } = this.#world.chain()
    const booking = await bookings.get(orgId, bookingId)
    if (booking === undefined) return
    // A code is shown while a booking is confirmed; whoever has seen one may type it for ever.
    const shown = await access.codes.issue(orgId, bookingId)
    const isConfirmed = shown !== undefined
    if (isConfirmed) this.#codes.set(bookingId, shown.code)
    const known = this.#codes.get(bookingId)
    const podId = elsewhere ?? booking.podId
    const code = isWrong || known === undefined ? 'nonsense' : known
    const nowMs = clock.nowMs()
    const isRight =
      code === known &&
      isConfirmed &&
      podId === booking.podId &&
      booking.startMs - doorOpensEarlyMs <= nowMs &&
      nowMs < booking.endMs
    const expected = this.#keypads.get(podId)?.typed(nowMs, lateMs, isRight)
    const eventId = `e${(this.#count += 1)}`
    const codeHash = hashCode(codeKey, orgId, podId, code)
    const report: PodReport = {
      orgId,
      podId,
      event: 'CODE_ENTERED',
      atMs: nowMs - lateMs,
      eventId,
      bookingId: undefined,
      codeHash,
    }
    const before = opened.size
    // The same comes twice at once.
    const [outcome, twin] = await Promise.all([access.report(report), access.report(report)])
    assert.deepEqual(
      { outcome, twin, doors: opened.size - before },
      { outcome: expected, twin: expected, doors: expected === 'opened' ? 1 : 0 },
    )
    this.#world.note(`code ${outcome}`)
    this.#reports.push({ report, outcome })
  }

  /** One that was typed before comes once more, however late: it comes to what it came to. */
  async again(nth: number): Promise<void> {
    const told = this.#reports[nth % Math.max(1, this.#reports.length)]
    if (told === undefined) return
    assert.equal(await this.#world.chain().access.report(told.report), told.outcome)
  }

  async tell(bookingId: string, event: PodReport['event'], atMs: number): Promise<void> {
    const { orgId } = this.#world
    const { access, bookings } = this.#world.chain()
    const podId = (await bookings.get(orgId, bookingId))?.podId
    if (podId === undefined) return
    const eventId = `e${(this.#count += 1)}`
    await access.report({ orgId, podId, event, atMs, eventId, bookingId, codeHash: undefined })
  }

  async unlock(podId: string): Promise<void> {
    const { access } = this.#world.chain()
    if ((await access.keypad(this.#world.orgId, podId)) === undefined) return
    await access.unlock(this.#world.orgId, podId, 'op')
    this.#keypads.get(podId)?.unlock()
  }
}

import type { Bookings } from '../booking/bookings.ts'
import type { BookingCommand } from '../booking/booking-decider.ts'
import { doorOpensEarlyMs } from '../booking/booking-times.ts'
import { type Booking, hasCode } from '../booking/booking.ts'
import type { Commands } from '../commands/command-service.ts'
import { type Aggregate, openAggregate } from '../platform/kit/decider/aggregate.ts'
import { Tally } from '../platform/kit/tally.ts'
import type { Platform } from '../platform/platform.ts'
import type { Pods } from '../booking/pods.ts'
import { AccessCodes } from './access-codes.ts'
import type { KeyedHash } from '../platform/keyed-hash.ts'
import {
  isLockedAt,
  type Keypad,
  keypadCollection,
  type KeypadCommand,
  keypadDecider,
  keypadRules,
  type KeypadEvent,
} from './keypad.ts'
import { Locks } from './locks.ts'
import type { PodReport } from './pod-report.ts'

export interface AccessParts extends Pick<Platform, 'clock' | 'relay' | 'store'> {
  readonly key: KeyedHash
  readonly bookings: Pick<Bookings, 'atDoor' | 'get' | 'handle' | 'withCode'>
  readonly commands: Pick<Commands, 'cancel' | 'get' | 'issue' | 'openOf'>
  readonly pods: Pick<Pods, 'get' | 'idsOf'>
}

export type Checked = 'opened' | 'wrong' | 'locked' | 'late' | 'noted' | 'unfit'

/** How long the door is told to open, when it does not answer. */
const openWithinMs = 30_000

/** Who may come in, and what doors tell of it. */
export class Access {
  readonly codes: AccessCodes
  readonly locks: Locks
  readonly typed = new Tally('fleetloom_access_codes', {
    opened: 'Codes that opened a door',
    wrong: 'Codes that were wrong',
    locked: 'Codes that were typed while the keypad was locked',
    late: 'Codes that came too long after they were typed',
  })
  readonly #parts: AccessParts
  readonly #keypads: Aggregate<Keypad, KeypadCommand, KeypadEvent, 'missing'>

  constructor(parts: AccessParts) {
    this.#parts = parts
    this.codes = new AccessCodes({ ...parts, epochOf: (orgId, podId) => this.#epochOf(orgId, podId) })
    this.locks = new Locks({ ...parts, codes: this.codes })
    this.#keypads = openAggregate({ ...parts, collection: keypadCollection, decider: keypadDecider })
  }

  /** What a pod reports, brought to its booking; what comes again comes to the same. */
  async report(report: PodReport): Promise<Checked> {
    const checked = await this.#report(report)
    if (checked !== 'noted' && checked !== 'unfit') this.typed.note(checked)
    return checked
  }

  #report(report: PodReport): Promise<Checked> {
    if (report.event === 'CODE_ENTERED') return this.#check(report)
    return report.event === 'WRONG_CODE' ? this.#judge(report, null) : this.#atDoor(report)
  }

  async keypad(orgId: string, podId: string): Promise<Keypad | undefined> {
    return (await this.#parts.store.organization(orgId).collection(keypadCollection).get(podId))?.document
  }

  /** Ends a lock-out; nothing when there is none. */
  async unlock(orgId: string, podId: string, actor: string): Promise<void> {
    await this.#keypads.handle(orgId, podId, { type: 'UnlockKeypad', podId, actor })
    const pod = await this.#parts.pods.get(orgId, podId)
    if (pod?.accessMode !== 'offline') return
    // Such a pod has locked itself.
    const command = { action: 'unlockKeypad', source: 'booking', requestedBy: actor } as const
    await this.#parts.commands.issue(orgId, {
      ...command,
      deviceId: podId,
      expiresInMs: keypadRules.lockedMs,
    })
  }

  async #check(report: PodReport): Promise<Checked> {
    const { codeHash, orgId, podId } = report
    const nowMs = this.#parts.clock.nowMs()
    const guests = (await this.#parts.bookings.atDoor(orgId, podId, nowMs)).filter(
      (booking) => hasCode(booking) && mayEnter(booking, nowMs),
    )
    const bookingId = codeHash === undefined ? undefined : await this.codes.match(orgId, guests, codeHash)
    return this.#judge(report, bookingId ?? null)
  }

  async #judge({ atMs, eventId, orgId, podId }: PodReport, bookingId: string | null): Promise<Checked> {
    const command = { type: 'CheckCode', podId, eventId, typedAtMs: atMs, bookingId } as const
    const outcome = await this.#keypads.handle(orgId, podId, command)
    if (outcome.kind !== 'done') throw new Error(`a code was ${outcome.kind}`)
    const seen = outcome.state.seen.find(({ id }) => id === eventId)
    if (seen?.outcome !== 'accepted') return seen?.outcome ?? 'wrong'
    if (seen.bookingId !== null) {
      const admitted = { type: 'AdmitGuest', eventId, atMs, actor: podId } as const
      await this.#parts.bookings.handle(orgId, seen.bookingId, admitted)
    }
    // Again when the same comes again: whoever accepted it may not have come so far. The command's id makes it one.
    await this.#parts.commands.issue(orgId, {
      id: `open/${podId}/${eventId}`,
      deviceId: podId,
      action: 'openDoor',
      source: 'booking',
      requestedBy: seen.bookingId ?? undefined,
      expiresInMs: openWithinMs,
    })
    return 'opened'
  }

  async #atDoor({ atMs, bookingId, event, eventId, orgId, podId }: PodReport): Promise<Checked> {
    const { bookings } = this.#parts
    const guests = await bookings.atDoor(orgId, podId, atMs)
    const named = bookingId === undefined ? undefined : guests.find(({ id }) => id === bookingId)
    const booking = named ?? guests.find((each) => isIn(each) || mayEnter(each, atMs))
    const type = doorCommands[event]
    if (booking === undefined || type === undefined) return 'unfit'
    const outcome = await bookings.handle(orgId, booking.id, { type, atMs, eventId, actor: podId })
    return outcome.kind === 'done' ? 'noted' : 'unfit'
  }

  /** The bookings that have a code for this door; the soonest. */
  codesOf(orgId: string, podId: string): Promise<readonly Booking[]> {
    return this.#parts.bookings.withCode(orgId, podId, 200)
  }

  async #epochOf(orgId: string, podId: string): Promise<number | null> {
    const pod = await this.#parts.pods.get(orgId, podId)
    return pod?.accessMode === 'offline' ? ((await this.locks.get(orgId, podId))?.epoch ?? 0) : null
  }

  isLocked(keypad: Keypad | undefined): boolean {
    return isLockedAt(keypad, this.#parts.clock.nowMs())
  }
}

const isIn = ({ status }: Booking): boolean => status === 'INPROGRESS'

/** Whether its code opens the door at this instant. */
const mayEnter = ({ endMs, startMs }: Booking, atMs: number): boolean =>
  startMs - doorOpensEarlyMs <= atMs && atMs < endMs

type DoorCommand = Extract<BookingCommand, { readonly eventId: string }>['type']
const doorCommands: Readonly<Partial<Record<PodReport['event'], DoorCommand>>> = {
  OPEN_DOOR: 'OpenDoor',
  SESSION_START: 'StartSession',
  SESSION_END: 'EndSession',
  CLOSE_DOOR: 'CloseDoor',
}

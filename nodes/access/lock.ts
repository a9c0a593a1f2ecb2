/**
 * The lock of a pod that judges codes by itself: which codes it is to know, which it knows, and until when one that was
 * taken back may still open it. Every other set of codes is a new epoch. Pure.
 */
import { z } from 'zod'
import { type Decider, refused } from '../platform/kit/decider/decider.ts'
import { type EventBody, eventFields } from '../platform/kit/events/event.ts'
import type { CollectionSpec } from '../platform/store/port.ts'

export const lockRules = {
  /** A key is in use no longer than this. */
  keyLivesMs: 24 * 3_600_000,
  /** A set that the pod has neither taken nor is about to take is offered again after this, under a new epoch. */
  offerAgainMs: 10 * 60_000,
  /** The soonest of them; locks have little room. */
  maxCodes: 64,
} as const
const maxRevoked = 200

const codeFields = { bookingId: z.string(), fromMs: z.number(), untilMs: z.number() }
const lockCodeSchema = z.strictObject({ ...codeFields, n: z.int(), issuedIn: z.int().nullable() })
const revokedSchema = z.strictObject({
  ...codeFields,
  revokedAtMs: z.number(),
  /** The first epoch without it: it opens the door until the pod has that one. */
  epoch: z.int(),
  goneAtMs: z.number().nullable(),
})
export type RevokedCode = z.output<typeof revokedSchema>

export const lockSchema = z.strictObject({
  /** The pod's. */
  id: z.string(),
  mode: z.enum(['online', 'offline']),
  epoch: z.int(),
  /** When the epoch began. */
  sinceMs: z.number(),
  codes: z.array(lockCodeSchema),
  revoked: z.array(revokedSchema),
  /** The newest epoch that the pod has said it has. */
  held: z.strictObject({ epoch: z.int(), atMs: z.number() }).nullable(),
  /** Tells a new key of the platform. */
  keyMark: z.string(),
  /** When the clock alone ends the epoch. */
  rotatesAtMs: z.number().nullable(),
})
export type Lock = z.output<typeof lockSchema>
type LockCode = z.output<typeof lockCodeSchema>

export const lockDocumentSchema = z.strictObject({ ...lockSchema.shape, ...eventFields })
export type LockDocument = z.output<typeof lockDocumentSchema>

export const lockCollection: CollectionSpec<LockDocument> = {
  name: 'locks',
  audit: 'none',
  schema: lockDocumentSchema,
  indexes: [['rotatesAtMs']],
  indexesEverywhere: [['pendingSinceMs']],
}

type Epoch = {
  readonly podId: string
  readonly epoch: number
  readonly mode: Lock['mode']
  readonly codes: LockCode[]
  readonly keyMark: string
}
export type LockCommand =
  | ({
      readonly type: 'KeepCodes'
      /** The epoch in force when the codes were gathered; 0 when there was none. */
      readonly after: number
      /** The set is on no way to the pod any more. */
      readonly isStuck: boolean
    } & Omit<Epoch, 'epoch'>)
  | { readonly type: 'NoteHeld'; readonly podId: string; readonly epoch: number }

export type LockRefusal =
  | 'missing'
  /** Others have begun an epoch meanwhile, with codes that these may lack. */
  | 'overtaken'

export type LockEvent =
  | { readonly type: 'LockEpochBegun'; readonly data: Epoch }
  | { readonly type: 'LockEpochHeld'; readonly data: { readonly podId: string; readonly epoch: number } }

export const lockDecider: Decider<Lock, LockCommand, LockEvent, LockRefusal> = {
  decide(state, command, nowMs) {
    if (command.type === 'NoteHeld') {
      if (state === undefined) return refused('missing')
      const { epoch, podId } = command
      const isNews = epoch <= state.epoch && epoch > (state.held?.epoch ?? 0)
      return isNews ? [{ type: 'LockEpochHeld', data: { podId, epoch } }] : []
    }
    const { after, codes, isStuck, keyMark, mode, podId } = command
    if (state === undefined && mode === 'online') return refused('missing')
    if (after !== (state?.epoch ?? 0)) return refused('overtaken')
    const isDue = state?.rotatesAtMs !== null && nowMs >= (state?.rotatesAtMs ?? 0)
    const isLost = isStuck && !isHeld(state) && nowMs >= (state?.sinceMs ?? 0) + lockRules.offerAgainMs
    const isSame =
      state?.mode === mode &&
      state.keyMark === keyMark &&
      isSameSet(state.codes, codes, nowMs) &&
      !isDue &&
      !isLost
    if (isSame) return []
    const epoch = (state?.epoch ?? 0) + 1
    return [{ type: 'LockEpochBegun', data: { podId, epoch, mode, codes, keyMark } }]
  },

  evolve(state, event, atMs) {
    const { epoch, podId } = event.data
    if (event.type === 'LockEpochBegun') {
      const { codes, keyMark, mode } = event.data
      const rotatesAtMs = mode === 'offline' ? atMs + lockRules.keyLivesMs : null
      const revoked = [...(state?.revoked ?? []), ...takenBack(state?.codes ?? [], codes, epoch, atMs)]
      return {
        id: podId,
        mode,
        epoch,
        sinceMs: atMs,
        codes: [...codes],
        revoked: revoked.slice(-maxRevoked),
        held: state?.held ?? null,
        keyMark,
        rotatesAtMs,
      }
    }
    if (state === undefined) throw new Error(`${event.type} of a lock that is not there`)
    const revoked = state.revoked.map((each) =>
      each.goneAtMs === null && each.epoch <= epoch ? { ...each, goneAtMs: atMs } : each,
    )
    return { ...state, revoked, held: { epoch, atMs } }
  },
}

/** Others need not know which codes. */
export const announceLock = ({ data, type }: LockEvent): EventBody => {
  const { epoch, podId } = data
  const more = 'codes' in data ? { mode: data.mode, codes: data.codes.length } : {}
  return { type, data: { podId, epoch, ...more } }
}

export const isHeld = (lock: Lock | undefined): boolean =>
  lock !== undefined && lock.held !== null && lock.held.epoch >= lock.epoch

/** Until when the code opens the door at the latest, whatever the pod hears of until then. */
export const exposedUntilMs = (code: Pick<RevokedCode, 'goneAtMs' | 'untilMs'>): number =>
  Math.min(code.untilMs, code.goneAtMs ?? code.untilMs)

const nameOf = ({ bookingId, fromMs, issuedIn, n, untilMs }: LockCode): string =>
  [bookingId, n, issuedIn, fromMs, untilMs].join('/')

/** Codes whose time is over need not be taken out: the pod knows the time. */
function isSameSet(kept: readonly LockCode[], wanted: readonly LockCode[], nowMs: number): boolean {
  const [one, other] = [kept, wanted].map((codes) =>
    codes
      .filter(({ untilMs }) => untilMs > nowMs)
      .map(nameOf)
      .toSorted(),
  )
  return one?.join() === other?.join()
}

function takenBack(
  before: readonly LockCode[],
  after: readonly LockCode[],
  epoch: number,
  atMs: number,
): readonly RevokedCode[] {
  const stays = (code: LockCode): boolean =>
    after.some(
      ({ bookingId, fromMs, issuedIn, n, untilMs }) =>
        bookingId === code.bookingId &&
        n === code.n &&
        issuedIn === code.issuedIn &&
        fromMs <= code.fromMs &&
        untilMs >= code.untilMs,
    )
  return before
    .filter((code) => code.untilMs > atMs && !stays(code))
    .map(({ bookingId, fromMs, untilMs }) => ({
      bookingId,
      fromMs,
      untilMs,
      revokedAtMs: atMs,
      epoch,
      goneAtMs: null,
    }))
}

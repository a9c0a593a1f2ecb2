/** What follows when an override ends: nothing is put back, but what wins by then is sent. Pure. */
import { commandIdOf } from '../commands/command-ids.ts'
import type { DueDocument } from '../platform/kit/jobs/job.ts'
import { type Control, isActive, type Override, type Sending } from './control.ts'
import { type Desire, desiredOf, handOver, layersOf, newestOf, nextOrder } from './layers.ts'
import { owing, sendingOf, wishIn } from './owing.ts'
import type { Wish } from './wish.ts'

export type Ended = {
  readonly id: string
  readonly rank: 'safety' | 'override'
  readonly status: Exclude<Override['status'], 'active'>
  readonly errorMessage: string | null
  readonly sends: Sending[]
  /** What wins now, as it was sent. */
  readonly sent: Desire[]
  /** Fields of a device that is to be off in which it is not as it should be: what wins there is sent when it is turned on. */
  readonly owed: string[]
  /** What was sent by hand: it counts as what was there before, from now on. */
  readonly manual: Wish[]
}

export interface How {
  readonly status: Ended['status']
  readonly manual: readonly Wish[]
  readonly errorMessage?: string | null
  /** Ids of the commands that the device has refused. */
  readonly refused?: readonly string[]
}

/** Ids of an override's commands are counted on from its own: first those that begin it, then those that end it. */
const restoresFrom = 100

export function ending(
  state: Control,
  rank: Ended['rank'],
  { errorMessage = null, manual, refused = [], status }: How,
  nowMs: number,
): Ended {
  const override = state[rank]
  if (override === null) throw new Error(`there is no ${rank} to end`)
  const { id } = override
  const wishes = override.wishes.filter(({ commandId }) => !refused.includes(commandId ?? ''))
  const isCertain = status !== 'failed' || refused.length > 0
  const to = winning(state, rank, manual)
  const desires = handOver({ wishes, order: override.order, isCertain }, to)
  const isOff = [...to.values()].some(({ isSwitch, value }) => isSwitch && value === false)
  const hasChanged = new Set(wishes.map(({ field }) => field))
  const isOwed = ({ field, isSent, isSwitch, order }: Desire): boolean =>
    !isSwitch && (!isSent || (hasChanged.has(field) && order <= override.order))
  const owed = isOff ? [...to.values()].filter(isOwed).map(({ field }) => field) : []
  const order = nextOrder(state, manual, nowMs)
  const sent = desires.map((desire, n): Desire => {
    const isAgain = desire.isSent || desire.commandId === null
    return {
      ...desire,
      commandId: isAgain ? commandIdOf(id, restoresFrom + n) : desire.commandId,
      // What was there before is so anew.
      ...(desire.layer === 'manual' ? { sinceMs: nowMs, order } : {}),
      isSent: true,
    }
  })
  const sends = sent.map((desire, n) => sendingOf(desire, id, desires[n]?.isSent === false))
  return { id, rank, status, errorMessage, sends, sent, owed, manual: [...newestOf(manual)] }
}

/** What counts without the layer; only the one below it, as long as that holds the others back. */
function winning(state: Control, rank: Ended['rank'], manual: readonly Wish[]): ReadonlyMap<string, Desire> {
  if (rank === 'override' && isActive(state.safety)) return new Map()
  const desired = desiredOf(layersOf({ ...state, [rank]: null }, manual))
  if (rank === 'override' || !isActive(state.override)) return desired
  return new Map([...desired].filter(([, { layer }]) => layer === 'override'))
}

export function endedState<T extends Control & DueDocument>(state: T, ended: Ended, atMs: number): T {
  const { errorMessage, id, manual, owed, rank, sends, sent, status } = ended
  const override = state[rank]
  const after: T = {
    ...state,
    [rank]: override?.id === id ? { ...override, status, errorMessage, endedAtMs: atMs } : override,
    sending: [...state.sending, ...sends],
  }
  const sentOf = (layer: Desire['layer']): ReadonlyMap<string, Wish> =>
    new Map(sent.filter((desire) => desire.layer === layer).map((desire) => [desire.field, wishIn(desire)]))
  const isFree = !isActive(after.safety) && !isActive(after.override)
  const asSent = (wishes: readonly Wish[], by: ReadonlyMap<string, Wish>): Wish[] =>
    wishes.map((wish) => {
      const now = by.get(wish.field) ?? wish
      if (!isFree) return now
      // It was sent before, and will be by another command.
      return owed.includes(wish.field) ? owing(now) : { ...now, isSent: true }
    })
  const { schedule } = state
  return {
    ...after,
    base: asSent(newestOf([...state.base, ...manual, ...sentOf('manual').values()]), new Map()),
    schedule: schedule && { ...schedule, wishes: asSent(schedule.wishes, sentOf('schedule')) },
  }
}

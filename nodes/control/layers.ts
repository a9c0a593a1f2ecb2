/**
 * What a device should be doing: the wish of the highest layer, field by field. Safety is over an override, that over a
 * schedule, that over what somebody asked for by hand; and a command by hand in the middle of a window counts until the
 * next edge of the schedule. Pure.
 */
import { type Control, isActive, type Override } from './control.ts'
import { isSameWish, type Wish } from './wish.ts'

/** From the highest. */
export const layers = ['safety', 'override', 'schedule', 'manual'] as const
export type Layer = (typeof layers)[number]

export type Layers = Readonly<Record<Layer, readonly Wish[]>>

export type Desire = Wish & { readonly layer: Layer }

/** By field. */
export type Desired = ReadonlyMap<string, Desire>

export function desiredOf({ manual, override, safety, schedule }: Layers): Desired {
  const newest = new Map(newestOf(manual).map((wish) => [wish.field, wish]))
  const isOverruled = ({ field, order }: Wish): boolean => (newest.get(field)?.order ?? -1) > order
  const desired = new Map<string, Desire>()
  const lay = (layer: Layer, wishes: readonly Wish[]): void => {
    for (const wish of wishes) desired.set(wish.field, { ...wish, layer })
  }
  lay('manual', [...newest.values()])
  lay(
    'schedule',
    schedule.filter((wish) => !isOverruled(wish)),
  )
  lay('override', override)
  lay('safety', safety)
  return desired
}

/** What everybody wishes of a device; `manual` is what the log says. */
export function layersOf(control: Control | undefined, manual: readonly Wish[]): Layers {
  const active = (override: Override | null | undefined): readonly Wish[] =>
    override?.status === 'active' ? override.wishes.map((wish) => ({ ...wish, isSent: true })) : []
  return {
    safety: active(control?.safety),
    override: active(control?.override),
    schedule: control?.schedule?.wishes ?? [],
    // The same command in both is as the document has it: it may have to be sent again.
    manual: [...manual, ...(control?.base ?? [])],
  }
}

/** Whether what is below safety and overrides has to wait. */
export const isHeld = ({ override, safety }: Control): boolean => isActive(safety) || isActive(override)

/** Of the newest that layers have in hand. */
export const newestOrder = ({ base, override, safety, schedule }: Control): number =>
  Math.max(
    0,
    ...[override, safety].flatMap((each) => each?.order ?? []),
    ...[...base, ...(schedule?.wishes ?? [])].map(({ order }) => order),
  )

/** Newer than all that is known of the device. */
export const nextOrder = (control: Control, manual: readonly Wish[], nowMs: number): number =>
  Math.max(nowMs, 1 + Math.max(newestOrder(control), ...manual.map(({ order }) => order)))

/** One for each field; of two of the same order the later one in the list. */
export function newestOf(wishes: readonly Wish[]): readonly Wish[] {
  const newest = new Map<string, Wish>()
  for (const wish of wishes) {
    const other = newest.get(wish.field)
    if (other === undefined || wish.order >= other.order) newest.set(wish.field, wish)
  }
  return [...newest.values()]
}

/** A layer that has held others back, and ends. */
export interface Ending {
  /** What it has changed. */
  readonly wishes: readonly Wish[]
  readonly order: number
  /** Whether the device is known to do what it wished; if not, the same wish of a lower layer is sent all the same. */
  readonly isCertain: boolean
}

/**
 * What has to be sent so that a device does what wins when a layer ends: what was held back, and what the layer had
 * changed. What somebody has sent by hand meanwhile is there already; a device that is to be off is told nothing else.
 */
export function handOver({ isCertain, order, wishes }: Ending, to: Desired): readonly Desire[] {
  const changed = new Map(wishes.map((wish) => [wish.field, wish]))
  const isThere = (desire: Desire): boolean => {
    const { field, isSent, layer } = desire
    const isAsked = isSent && desire.source !== 'reported'
    if (isAsked && layer === 'manual' && desire.order > order) return true
    const before = changed.get(field)
    if (before === undefined) return isSent
    // For what was so already nothing was sent, so nothing can have gone wrong.
    return (isCertain || !before.isSent) && isSameWish(before, desire)
  }
  const all = [...to.values()]
  const off = all.find(({ isSwitch, value }) => isSwitch && value === false)
  if (off !== undefined) return isThere(off) ? [] : [off]
  return all
    .filter((desire) => !isThere(desire))
    .toSorted((one, other) => Number(other.isSwitch) - Number(one.isSwitch))
}

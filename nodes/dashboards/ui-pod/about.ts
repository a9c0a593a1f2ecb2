import type { ItemOf, ResultOf } from '../../../client/index.ts'
import type { listPodCodes, listPods } from '../../../client/generated/operations.ts'
import type { BlockView, BookingView, KeypadView, StateView } from '../../../dashboards/kit/views.ts'

export type PodView = ItemOf<NonNullable<(typeof listPods)['of']>>

/** What there is to say about a pod. */
export interface About {
  readonly state: StateView
  readonly keypad: KeypadView
  readonly codes: ResultOf<NonNullable<(typeof listPodCodes)['of']>>
  readonly bookings: readonly BookingView[]
  readonly blocks: readonly BlockView[]
}

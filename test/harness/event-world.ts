import { z } from 'zod'
import type { Decider } from '../../nodes/platform/kit/decider/decider.ts'
import { type EventBody, eventFields } from '../../nodes/platform/kit/events/event.ts'
import type { EffectKind } from '../../nodes/platform/kit/events/outbox.ts'
import type { CollectionSpec } from '../../nodes/platform/store/port.ts'

const counterSchema = z.strictObject({ id: z.string(), count: z.int(), ...eventFields })
export const counterCollection: CollectionSpec<z.output<typeof counterSchema>> = {
  name: 'counters',
  schema: counterSchema,
  indexesEverywhere: [['pendingSinceMs']],
}

type Counter = Pick<z.output<typeof counterSchema>, 'id' | 'count'>
interface CountUp {
  readonly type: 'CountUp'
  readonly id: string
  readonly most: number
}
type CountedUp = EventBody & { readonly type: 'CountedUp'; readonly data: { readonly id: string } }

export const counterDecider: Decider<Counter, CountUp, CountedUp, never> = {
  decide: (counter, { id, most }) =>
    (counter?.count ?? 0) >= most ? [] : [{ type: 'CountedUp', data: { id } }],
  evolve: (counter, { data }) => ({ id: data.id, count: (counter?.count ?? 0) + 1 }),
}

const seenSchema = z.strictObject({ id: z.string(), lastSeq: z.int(), gaps: z.int(), repeats: z.int() })
/** What of each subject came to the consumer. */
export const seenCollection: CollectionSpec<z.output<typeof seenSchema>> = {
  name: 'seen',
  schema: seenSchema,
}

const deliveredSchema = z.strictObject({ id: z.string(), subject: z.string(), atMs: z.number() })
/** The world: what it got, by the key that came with it. */
export const deliveredCollection: CollectionSpec<z.output<typeof deliveredSchema>> = {
  name: 'delivered',
  schema: deliveredSchema,
}

export const parcel: Pick<EffectKind<{ subject: string }>, 'kind' | 'data'> = {
  kind: 'parcel',
  data: z.strictObject({ subject: z.string() }),
}

import { z } from 'zod'
import type { TimerKind } from '../../nodes/platform/kit/jobs/timers.ts'
import type { CollectionSpec } from '../../nodes/platform/store/port.ts'

const effectSchema = z.strictObject({ id: z.string(), dueAtMs: z.number(), atMs: z.number() })
/** What came of timers: the key is the ringing's. */
export const effectCollection: CollectionSpec<z.output<typeof effectSchema>> = {
  name: 'effects',
  schema: effectSchema,
}

export const rings: Pick<TimerKind<null>, 'kind' | 'data'> = { kind: 'test', data: z.null() }

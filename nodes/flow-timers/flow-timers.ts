import { z } from 'zod'
import { toIsoTime } from '../platform/kit/iso-time.ts'
import type { TimerKind } from '../platform/kit/jobs/timers.ts'
import type { Platform } from '../platform/platform.ts'
import type { Rung } from './timer-messages.ts'

const dataSchema = z.strictObject({
  nodeId: z.string(),
  name: z.string(),
  deviceId: z.string().nullable(),
  /** As it was set: the timer's own moves with each try. */
  dueAtMs: z.number(),
  data: z.json(),
})
type TimerData = z.output<typeof dataSchema>

/** Throwing has it ring again. */
export type Ring = (rung: Rung, attempt: number) => Promise<void>

export interface TimerPlace {
  readonly orgId: string
  readonly nodeId: string
  readonly deviceId: string | undefined
  readonly name: string
}

/** At a time, or after so long, whatever is done to the clock meanwhile. */
export type RingsWhen = { readonly atMs: number } | { readonly afterMs: number }

/** A node that is nowhere for so long was taken out of the flows. */
const waitsForNodeMs = 3_600_000

/** Timers that flows set, and that find their node again after a restart. */
export class FlowTimers {
  readonly #parts: Pick<Platform, 'clock' | 'log' | 'timers'>
  readonly #nodes = new Map<string, Ring>()

  constructor(parts: Pick<Platform, 'clock' | 'log' | 'timers'>) {
    this.#parts = parts
  }

  /** The result ends it. */
  hear(nodeId: string, ring: Ring): () => void {
    this.#nodes.set(nodeId, ring)
    return () => {
      if (this.#nodes.get(nodeId) === ring) this.#nodes.delete(nodeId)
    }
  }

  /** Resolves when it is durable. One of this place that was to ring is moved. */
  set(place: TimerPlace, when: RingsWhen, data: TimerData['data']): Promise<void> {
    const { deviceId = null, name, nodeId, orgId } = place
    const { clock } = this.#parts
    const dueAtMs = 'atMs' in when ? when.atMs : clock.nowMs() + when.afterMs
    return this.#parts.timers.set(this.kind, {
      orgId,
      id: idOf(place),
      dueAtMs,
      ...('atMs' in when ? {} : { reckoned: clock.reckoning() }),
      data: { nodeId, name, deviceId, dueAtMs, data },
    })
  }

  /** False when there is none by now. */
  cancel(place: TimerPlace): Promise<boolean> {
    return this.#parts.timers.cancel(place.orgId, idOf(place))
  }

  get kind(): TimerKind<TimerData> {
    return {
      kind: 'flow',
      data: dataSchema,
      ring: async ({ attempt, data: { data, deviceId, dueAtMs, name, nodeId }, orgId }) => {
        const { clock, log } = this.#parts
        const ring = this.#nodes.get(nodeId)
        if (ring !== undefined)
          await ring({ name, orgId, deviceId, dueAt: toIsoTime(dueAtMs), data }, attempt)
        else if (clock.nowMs() < dueAtMs + waitsForNodeMs)
          throw new Error(`there is no timer node ${nodeId} here`)
        else log.warn({ node: nodeId, timer: name, org: orgId }, 'a timer rang for a node that is gone')
        return undefined
      },
    }
  }
}

const idOf = ({ deviceId, name, nodeId }: TimerPlace): string =>
  JSON.stringify(['flow', nodeId, deviceId ?? null, name])

import { z } from 'zod'
import { parseIsoTime, toIsoTime } from '../platform/kit/iso-time.ts'
import { eventFields, noEvents } from '../platform/kit/events/event.ts'
import { dueAt, dueFields } from '../platform/kit/jobs/job.ts'
import type { CollectionSpec } from '../platform/store/port.ts'
import type { ReadOptions } from '../platform/stream/port.ts'

/** The property of a message that says it is a replay's; absent on what comes for the first time. */
export const replayProperty = 'replay'

/** What carries replays out. */
export const replayJobName = 'replays'

/** The target of the replay node on the shipped ingestion tab. */
export const sameFlow = 'same'

export const replayTargetSchema = z.string().regex(/^[a-z0-9-]{1,64}$/, 'use lower-case letters, digits or -')
/** As the stream port gives them: decimal numbers, several joined by dashes in some engines. */
export const offsetSchema = z.string().regex(/^\d{1,20}(?:-\d{1,20})*$/, 'is not an offset of the stream')

export const replayStates = ['waiting', 'running', 'done', 'cancelled', 'failed'] as const

/** What was asked for, and how far it is: kept in the store, so that it outlives the instance that carries it out. */
export const replaySchema = z.strictObject({
  id: z.string(),
  orgId: z.string(),
  /** Null for every device. */
  deviceId: z.string().nullable(),
  /** Whether it goes over all organizations, and not only its own. */
  everyOrganization: z.boolean(),
  /** When the messages were received: from inclusive, to exclusive. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime(),
  fromOffset: offsetSchema.nullable(),
  /** The replay node that takes it up. */
  target: replayTargetSchema,
  state: z.enum(replayStates),
  /** Why it failed. */
  detail: z.string().nullable(),
  requestedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** Messages that went through the flow; after a restart a few of them twice. */
  messages: z.int(),
  /** The last message that went through for good, and when it was received. */
  upToOffset: offsetSchema.nullable(),
  upTo: z.iso.datetime().nullable(),
})
export type ReplayJob = z.output<typeof replaySchema>

/** As it is kept: with when somebody has to take it up, and its events. */
export const replayDocumentSchema = z.strictObject({ ...replaySchema.shape, ...dueFields, ...eventFields })
export type ReplayDocument = z.output<typeof replayDocumentSchema>

export const replayCollection: CollectionSpec<ReplayDocument> = {
  name: 'replays',
  schema: replayDocumentSchema,
  indexes: [['state', 'target'], ['requestedAt']],
  indexesEverywhere: [['dueAtMs'], ['pendingSinceMs']],
  version: 2,
  upcast: {
    1: (document) => {
      const job = replaySchema.parse(document)
      return { ...job, ...dueAt(isOpen(job) ? parseIsoTime(job.requestedAt) : null), ...noEvents }
    },
  },
}

/** What callers see. */
export const viewReplay = (document: ReplayDocument): ReplayJob => {
  const { dueAtMs: _due, failures: _failures, ...rest } = document
  const { eventSeq: _seq, pendingEvents: _pending, pendingSinceMs: _since, ...job } = rest
  return job
}

export const openStates = ['waiting', 'running'] as const
export const isOpen = ({ state }: Pick<ReplayJob, 'state'>): boolean =>
  state === 'waiting' || state === 'running'

/** How many may wait for their turn in one organization. */
export const maxOpenReplays = 20

/** What to read of the stream: from where it is, which is read once more. */
export function rangeOf(job: ReplayJob): ReadOptions {
  const fromOffset = job.upToOffset ?? job.fromOffset
  return {
    toMs: parseIsoTime(job.to),
    ...(fromOffset === null ? {} : { fromOffset }),
    ...(job.from === null ? {} : { fromMs: parseIsoTime(job.from) }),
    ...(job.everyOrganization ? {} : { orgId: job.orgId }),
    ...(job.deviceId === null ? {} : { key: job.deviceId }),
  }
}

export interface Place {
  readonly offset: string
  readonly receivedAt: number
  /** Since the place before. */
  readonly messages: number
}

export const movedTo = <T extends ReplayJob>(job: T, { offset, receivedAt, messages }: Place): T => ({
  ...job,
  upToOffset: offset,
  upTo: toIsoTime(receivedAt),
  messages: job.messages + messages,
})

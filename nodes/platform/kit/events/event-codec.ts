/** Events as entries of the stream. */
import { z } from 'zod'
import type { Entry, NewEntry } from '../../stream/port.ts'
import { toIsoTime } from '../iso-time.ts'
import type { DomainEvent } from './event.ts'

/** An event without what only repeats something else of it. */
export type BareEvent = Omit<DomainEvent, 'aggregateId' | 'at'>

const bodySchema = z.object({
  id: z.string(),
  kind: z.string(),
  subject: z.string(),
  seq: z.int(),
  data: z.json(),
  causationId: z.string().optional(),
})

export const eventId = (kind: string, subjectId: string, seq: number): string => `${kind}/${subjectId}/${seq}`

/** Of one subject, so that its order is kept. */
export function toEntry({ atMs, causationId, data, id, orgId, seq, subject, type }: BareEvent): NewEntry {
  const body: z.output<typeof bodySchema> = {
    id,
    kind: subject.kind,
    subject: subject.id,
    seq,
    data,
    ...(causationId === undefined ? {} : { causationId }),
  }
  return {
    route: { orgId, key: `${orgId}/${subject.kind}/${subject.id}`, type },
    atMs,
    data: Buffer.from(JSON.stringify(body)),
  }
}

/** @throws when it is no event */
export function fromEntry({ atMs, data: bytes, route }: Entry): DomainEvent {
  const { causationId, data, id, kind, seq, subject } = bodySchema.parse(
    JSON.parse(Buffer.from(bytes).toString()),
  )
  return {
    id,
    orgId: route.orgId,
    subject: { kind, id: subject },
    aggregateId: subject,
    seq,
    type: route.type,
    atMs,
    at: toIsoTime(atMs),
    ...(causationId === undefined ? {} : { causationId }),
    data,
  }
}

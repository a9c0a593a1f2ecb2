/** Events as entries of the stream. */
import { z } from 'zod'
import type { Entry, NewEntry } from '../../stream/port.ts'
import type { DomainEvent } from './event.ts'

const bodySchema = z.object({
  id: z.string(),
  kind: z.string(),
  subject: z.string(),
  seq: z.int(),
  data: z.json(),
})

export const eventId = (kind: string, subjectId: string, seq: number): string => `${kind}/${subjectId}/${seq}`

/** Of one subject, so that its order is kept. */
export function toEntry({ atMs, data, id, orgId, seq, subject, type }: DomainEvent): NewEntry {
  const body: z.output<typeof bodySchema> = { id, kind: subject.kind, subject: subject.id, seq, data }
  return {
    route: { orgId, key: `${orgId}/${subject.kind}/${subject.id}`, type },
    atMs,
    data: Buffer.from(JSON.stringify(body)),
  }
}

/** @throws when it is no event */
export function fromEntry({ atMs, data: bytes, route }: Entry): DomainEvent {
  const { id, kind, seq, subject, data } = bodySchema.parse(JSON.parse(Buffer.from(bytes).toString()))
  return { id, orgId: route.orgId, subject: { kind, id: subject }, seq, type: route.type, atMs, data }
}

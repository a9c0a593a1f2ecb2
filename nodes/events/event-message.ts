import { z } from 'zod'
import { domainEventSchema } from '../platform/kit/events/event.ts'
import { defineMessage } from '../platform/kit/message-type.ts'

/** What has happened in a domain. */
export const eventMessage = defineMessage('event', domainEventSchema)

/** An event of a flow's own, which has no document to be written with. */
export const newEventSchema = domainEventSchema.omit({ aggregateId: true, at: true, seq: true }).extend({
  /** The same again is the same event: take what it follows from into it. */
  id: z.string().min(1).max(512),
  atMs: z.number().optional(),
})
export type NewEvent = z.output<typeof newEventSchema>
export const newEventMessage = defineMessage<NewEvent>('new event', newEventSchema)

import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { eventStream } from '../../platform/kit/events/event.ts'
import { toEntry } from '../../platform/kit/events/event-codec.ts'
import { newEventMessage } from '../event-message.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'event-out',
  category: 'events',
  icon: 'font-awesome/fa-bolt',
  config,
  needs: kit('clock', 'stream'),
  input: newEventMessage,
  outputs: [],
  start({ needed: { clock, stream } }) {
    return {
      async process(events) {
        const nowMs = clock.nowMs()
        const entries = events.map((event) => toEntry({ ...event, seq: 0, atMs: event.atMs ?? nowMs }))
        // Durable when it resolves, so whoever sends the message again after a failure sends the same events.
        await stream.append(eventStream, entries)
        return []
      },
    }
  },
})

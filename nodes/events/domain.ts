import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { eventStream } from '../platform/kit/events/event.ts'
import { every } from '../platform/kit/jobs/duties.ts'

/** Events that every group has processed are kept for a while, for a group that begins later. */
const keptMs = 7 * 24 * 3_600_000

export const domain = defineDomain({
  id: 'events',
  needs: kit('clock', 'stream'),
  start: ({ clock, stream }) => ({
    service: {},
    duties: [
      {
        name: 'trimming the events',
        nextMs: every(3_600_000),
        run: () => stream.trim(eventStream, clock.nowMs() - keptMs),
      },
    ],
  }),
})

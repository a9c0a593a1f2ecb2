import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import { finishRemovals } from './remove-device.ts'

export const domain = defineDomain({
  id: 'devices',
  needs: kit('broker', 'clock', 'deviceStates', 'directory', 'latest', 'log', 'series', 'store'),
  start: (needed) => ({
    service: {},
    duties: [
      { name: 'finishing removals of devices', nextMs: every(60_000), run: () => finishRemovals(needed) },
    ],
  }),
})

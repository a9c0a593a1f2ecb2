import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { FlowTimers } from './flow-timers.ts'

/** Timers of flows: what is to happen later, whatever restarts until then. */
export const domain = defineDomain({
  id: 'flow-timers',
  needs: kit('clock', 'log', 'timers'),
  start(needed) {
    const flowTimers = new FlowTimers(needed)
    return { service: flowTimers, timers: [flowTimers.kind] }
  },
})

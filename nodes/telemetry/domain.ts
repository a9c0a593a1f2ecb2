import { defineDomain } from '../platform/kit/domain/domain.ts'
import { replayCollection } from './replay-job.ts'

export const domain = defineDomain({
  id: 'telemetry',
  needs: {},
  start: () => ({ service: {}, relays: [replayCollection] }),
})

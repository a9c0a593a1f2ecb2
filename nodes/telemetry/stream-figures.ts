import type { Figure } from '../platform/metrics.ts'
import type { Stream } from '../platform/stream/port.ts'
import { uplinkStream } from './uplink-intake.ts'
import { ingestionGroup } from './uplink/config.ts'

/** How the uplink stream and the flow behind it are doing. */
export const streamFigures = (stream: Pick<Stream, 'fullness' | 'lag' | 'statistics'>): readonly Figure[] => [
  {
    name: 'fleetloom_stream_entries',
    help: 'Entries kept in the uplink stream',
    read: async () => (await stream.statistics(uplinkStream)).entries,
  },
  {
    name: 'fleetloom_stream_fullness',
    help: 'Share of what the engine of the uplink stream may hold that is in use; 0 without a limit',
    read: async () => (await stream.fullness()) ?? 0,
  },
  {
    name: 'fleetloom_uplink_lag',
    help: 'Messages in the uplink stream that the flow has not made durable yet',
    read: () => stream.lag(uplinkStream, ingestionGroup),
  },
]

import type { Bus } from '../nodes/platform/bus/port.ts'
import type { Stream } from '../nodes/platform/stream/port.ts'
import { uplinkStream } from '../nodes/telemetry/uplink-intake.ts'
import { ingestionGroup } from '../nodes/telemetry/uplink/config.ts'
import type { PlatformMetrics } from './metrics.ts'

/** How the uplink stream and those who share it are doing, asked when Prometheus scrapes. */
export function registerStreamGauges(
  metrics: Pick<PlatformMetrics, 'gauge'>,
  stream: Pick<Stream, 'fullness' | 'lag' | 'statistics'>,
  bus: Pick<Bus, 'others'>,
): void {
  metrics.gauge(
    'fleetloom_stream_entries',
    'Entries kept in the uplink stream',
    async () => (await stream.statistics(uplinkStream)).entries,
  )
  metrics.gauge(
    'fleetloom_stream_fullness',
    'Share of what the engine of the uplink stream may hold that is in use; 0 without a limit',
    async () => (await stream.fullness()) ?? 0,
  )
  metrics.gauge(
    'fleetloom_uplink_lag',
    'Messages in the uplink stream that the flow has not made durable yet',
    () => stream.lag(uplinkStream, ingestionGroup),
  )
  metrics.gauge(
    'fleetloom_instances',
    'Instances that hear one another, this one included',
    () => bus.others().length + 1,
  )
}

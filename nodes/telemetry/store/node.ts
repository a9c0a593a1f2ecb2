import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import type { LatencyHistogram } from '../../platform/metrics.ts'
import { assessedReadingMessage } from '../reading.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'store',
  category: 'telemetry',
  icon: 'font-awesome/fa-database',
  config,
  input: assessedReadingMessage,
  outputs: [{ label: 'stored readings', message: assessedReadingMessage }],
  start({ platform }) {
    const { clock, deliveries, metrics, series, traffic } = platform
    return {
      async process(readings, envelope) {
        const { durable } = await series.append(readings)
        // Readable from here on; the stream keeps them until they are durable here too.
        deliveries.awaitDurable(envelope[deliveryProperty], durable)
        metrics.ingest.readingsStored += readings.length
        const nowMs = clock.nowMs()
        traffic.count(readings, nowMs)
        observeAges(metrics.readingAge, readings, nowMs)
        return [readings]
      },
    }
  },
})

/** Readings of one payload share their time, and their bucket. */
function observeAges(
  ages: LatencyHistogram,
  readings: readonly { readonly ts: number }[],
  nowMs: number,
): void {
  let ts = Number.NaN
  let count = 0
  for (const reading of readings) {
    if (reading.ts !== ts) {
      if (count > 0) ages.observe(nowMs - ts, count)
      ts = reading.ts
      count = 0
    }
    count += 1
  }
  if (count > 0) ages.observe(nowMs - ts, count)
}

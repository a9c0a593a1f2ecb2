import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { assessedReadingMessage } from '../reading.ts'
import { config } from './config.ts'
import { domain as telemetryDomain } from '../domain.ts'

/** An observation costs too much to be made of each reading; counted over batches, so that large ones have their weight. */
const sampleEvery = 25

export default defineNode({
  type: 'store',
  category: 'telemetry',
  icon: 'font-awesome/fa-database',
  config,
  needs: { ...kit('clock', 'deliveries', 'metrics', 'series'), telemetry: telemetryDomain },
  input: assessedReadingMessage,
  outputs: [{ label: 'stored readings', message: assessedReadingMessage }],
  start({ needed: { clock, deliveries, metrics, series, telemetry } }) {
    let untilSample = 0
    return {
      async process(readings, envelope) {
        const { durable } = await series.append(readings)
        // Readable from here on; the stream keeps them until they are durable here too.
        deliveries.awaitDurable(envelope[deliveryProperty], durable)
        telemetry.counts.readingsStored += readings.length
        const nowMs = clock.nowMs()
        telemetry.traffic.count(readings, nowMs)
        let index = untilSample
        for (; index < readings.length; index += sampleEvery)
          metrics.readingAge.observe((nowMs - (readings[index]?.ts ?? nowMs)) / 1000)
        untilSample = index - readings.length
        return [readings]
      },
    }
  },
})

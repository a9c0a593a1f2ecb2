import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as telemetryDomain } from '../domain.ts'
import { type Reading, readingMessage } from '../reading.ts'
import { replayProperty } from '../replay-job.ts'
import { config } from './config.ts'
import { NewestSeen, trulyNew } from './newest-seen.ts'

export default defineNode({
  type: 'dedupe',
  category: 'telemetry',
  icon: 'font-awesome/fa-clone',
  config,
  needs: { ...kit('deliveries', 'series'), telemetry: telemetryDomain },
  input: readingMessage,
  outputs: [
    { label: 'new readings', message: readingMessage },
    { label: 'repeats', message: readingMessage },
  ],
  start({ needed: { deliveries, series, telemetry } }) {
    const newest = new NewestSeen()

    const learnUnknown = async (readings: readonly Reading[]): Promise<void> => {
      for (const { orgId, deviceId } of readings) {
        if (!newest.isKnown(deviceId)) newest.learn(deviceId, await series.latest(orgId, deviceId))
      }
    }

    const lookUp = async (
      fresh: readonly Reading[],
      doubtful: readonly Reading[],
      delivery: unknown,
    ): Promise<readonly (readonly Reading[])[]> => {
      const late = trulyNew(doubtful, await series.contains(doubtful), fresh)
      const passed = new Set(late)
      const repeats = doubtful.filter((reading) => !passed.has(reading))
      telemetry.counts.readingsRepeated += repeats.length
      if (repeats.length > 0) {
        // What is dropped here may have been stored a moment ago and in memory only, by a try of this very batch that
        // failed further on: the stream must keep the batch until that is durable.
        deliveries.awaitDurable(delivery, (await series.append([])).durable)
      }
      return [[...fresh, ...late], repeats]
    }

    const judge = (
      readings: readonly Reading[],
      delivery: unknown,
    ): readonly (readonly Reading[])[] | Promise<readonly (readonly Reading[])[]> => {
      const { fresh, doubtful } = newest.split(readings)
      return doubtful.length === 0 ? [fresh] : lookUp(fresh, doubtful, delivery)
    }

    /** All of it is looked up: another instance may have stored what passes here for the first time. */
    const judgeReplayed = async (
      readings: readonly Reading[],
      delivery: unknown,
    ): Promise<readonly (readonly Reading[])[]> => {
      await learnUnknown(readings)
      // Only to take note of them: what comes after must not be taken for newer.
      newest.split(readings)
      return lookUp([], readings, delivery)
    }

    return {
      process(readings, envelope) {
        const delivery = envelope[deliveryProperty]
        if (envelope[replayProperty] !== undefined) return judgeReplayed(readings, delivery)
        return newest.areKnown(readings)
          ? judge(readings, delivery)
          : learnUnknown(readings).then(() => judge(readings, delivery))
      },
    }
  },
})

import { defineNode } from '../../platform/kit/define-node.ts'
import { type Reading, readingMessage } from '../reading.ts'
import { config } from './config.ts'
import { NewestSeen, trulyNew } from './newest-seen.ts'

export default defineNode({
  type: 'dedupe',
  category: 'telemetry',
  icon: 'font-awesome/fa-clone',
  config,
  input: readingMessage,
  outputs: [
    { label: 'new readings', message: readingMessage },
    { label: 'repeats', message: readingMessage },
  ],
  start({ platform }) {
    const newest = new NewestSeen()

    const learnUnknown = async (readings: readonly Reading[]): Promise<void> => {
      for (const { orgId, deviceId } of readings) {
        if (!newest.isKnown(deviceId)) newest.learn(deviceId, await platform.series.latest(orgId, deviceId))
      }
    }

    const lookUp = async (
      fresh: readonly Reading[],
      doubtful: readonly Reading[],
    ): Promise<readonly (readonly Reading[])[]> => {
      const late = trulyNew(doubtful, await platform.series.contains(doubtful), fresh)
      const passed = new Set(late)
      const repeats = doubtful.filter((reading) => !passed.has(reading))
      platform.metrics.ingest.readingsRepeated += repeats.length
      return [[...fresh, ...late], repeats]
    }

    const judge = (
      readings: readonly Reading[],
    ): readonly (readonly Reading[])[] | Promise<readonly (readonly Reading[])[]> => {
      const { fresh, doubtful } = newest.split(readings)
      return doubtful.length === 0 ? [fresh] : lookUp(fresh, doubtful)
    }

    return {
      process(readings) {
        const isFamiliar = readings.every(({ deviceId }) => newest.isKnown(deviceId))
        return isFamiliar ? judge(readings) : learnUnknown(readings).then(() => judge(readings))
      },
    }
  },
})

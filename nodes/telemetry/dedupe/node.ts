import { crc32 } from 'node:zlib'
import { deliveryProperty } from '../../platform/kit/delivery.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import type { Envelope, Outputs } from '../../platform/kit/node-definition.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { rejectMessage } from '../dead-letter.ts'
import { domain as telemetryDomain } from '../domain.ts'
import { type Reading, readingMessage } from '../reading.ts'
import { replayProperty } from '../replay-job.ts'
import { config } from './config.ts'
import { conflictRejects } from './conflict-rejects.ts'
import { NewestSeen } from './newest-seen.ts'
import { settle } from './settle.ts'

export default defineNode({
  type: 'dedupe',
  category: 'telemetry',
  icon: 'font-awesome/fa-clone',
  config,
  needs: { ...kit('deliveries', 'latest', 'series'), devices: devicesDomain, telemetry: telemetryDomain },
  input: readingMessage,
  outputs: [
    { label: 'new readings', message: readingMessage },
    { label: 'repeats', message: readingMessage },
    { label: 'values in conflict', message: rejectMessage },
  ],
  start({ needed: { deliveries, devices, latest, series, telemetry } }) {
    const newest = new NewestSeen()

    const learnUnknown = async (readings: readonly Reading[]): Promise<void> => {
      for (const { orgId, deviceId } of readings) {
        if (!newest.isKnown(deviceId)) newest.learn(deviceId, await series.latest(orgId, deviceId))
      }
    }

    const lastWins = (deviceId: string): boolean =>
      devices.directory.lookup(deviceId)?.deviceClass.onConflict === 'last'

    /** Should the process end before what replaces them is stored: the stream brings that again, as new. */
    const makeRoomFor = async (replacing: readonly Reading[]): Promise<void> => {
      await series.removeReadings(replacing)
      const orgs = new Map(replacing.map(({ deviceId, orgId }) => [deviceId, orgId]))
      for (const [deviceId, orgId] of orgs) await latest.forget(orgId, deviceId)
    }

    const lookUp = async (
      fresh: readonly Reading[],
      doubtful: readonly Reading[],
      envelope: Envelope,
    ): Promise<Outputs> => {
      const isReplay = envelope[replayProperty] !== undefined
      const stored = await series.rawValues(doubtful)
      const { conflicts, passing, repeats, replacing } = settle({
        doubtful,
        stored,
        fresh,
        // What is sent again is older than what is stored, whenever it comes.
        lastWins: isReplay ? () => false : lastWins,
      })
      telemetry.counts.readingsRepeated += repeats.length
      telemetry.counts.readingsInConflict += conflicts.length
      if (replacing.length > 0) await makeRoomFor(replacing)
      if (repeats.length + conflicts.length > 0) {
        // What is dropped here may have been stored a moment ago and in memory only, by a try of this very batch that
        // failed further on: the stream must keep the batch until that is durable.
        deliveries.awaitDurable(envelope[deliveryProperty], (await series.append([])).durable)
      }
      // Decoded by another class than at first, a replay may differ in all that it has.
      return [[...fresh, ...passing], repeats, isReplay ? [] : conflictRejects(conflicts, crc32)]
    }

    const judge = (readings: readonly Reading[], envelope: Envelope): Outputs | Promise<Outputs> => {
      const { fresh, doubtful } = newest.split(readings)
      return doubtful.length === 0 ? [fresh] : lookUp(fresh, doubtful, envelope)
    }

    /** All of it is looked up: another instance may have stored what passes here for the first time. */
    const judgeReplayed = async (readings: readonly Reading[], envelope: Envelope): Promise<Outputs> => {
      await learnUnknown(readings)
      // Only to take note of them: what comes after must not be taken for newer.
      newest.split(readings)
      return lookUp([], readings, envelope)
    }

    return {
      process(readings, envelope) {
        if (envelope[replayProperty] !== undefined) return judgeReplayed(readings, envelope)
        return newest.areKnown(readings)
          ? judge(readings, envelope)
          : learnUnknown(readings).then(() => judge(readings, envelope))
      },
    }
  },
})

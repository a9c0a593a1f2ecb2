import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import { asError } from '../../platform/kit/presentable.ts'
import type { Entry } from '../../platform/stream/port.ts'
import { uplinkMessage } from '../reading.ts'
import { defineJob, type Next, type Work } from '../../platform/kit/jobs/job.ts'
import {
  replayCollection,
  type ReplayDocument,
  type ReplayJob,
  replayJobName,
  replayProperty,
} from '../replay-job.ts'
import type { FlowEntrance } from '../../platform/kit/flow-entrance.ts'
import { deliverUplinks, poison } from '../stream-uplink.ts'
import { uplinkStream } from '../uplink-intake.ts'
import { config } from './config.ts'
import { handOver } from './hand-over.ts'
import { ReplayRun, type ReplayRunParts } from './replay-run.ts'
import { domain as telemetryDomain } from '../domain.ts'

const tickMs = 1000
const lookAgainMs = 200
const leaseMs = 15_000
const retry = { firstMs: 1000, lastMs: 30_000 }

export default defineNode({
  type: 'replay',
  category: 'telemetry',
  icon: 'font-awesome/fa-repeat',
  config,
  needs: {
    ...kit('clock', 'deliveries', 'jobs', 'series', 'store', 'stream'),
    telemetry: telemetryDomain,
  },
  outputs: [{ label: 'uplinks', message: uplinkMessage }],
  start({ config: properties, needed, emit, fault, status }) {
    const { clock, deliveries, jobs, series, store, stream, telemetry } = needed
    const pause = (ms: number): Promise<void> => new Promise((done) => void clock.after(ms, done))
    const entrance: FlowEntrance = { deliveries, emit, clock, stallMs: properties.stallSeconds * 1000 }
    let isClosed = false

    /** In every process: what the stream holds by now has gone through the flow, and its effects can be looked up. */
    const liveCaughtUp = async (isStopped: () => boolean): Promise<void> => {
      await telemetry.intake.whenFlowCaughtUp()
      const before = await stream.statistics(uplinkStream)
      await series.flush()
      while (!isStopped()) {
        const lag = await stream.lag(uplinkStream, properties.group)
        const { entries } = await stream.statistics(uplinkStream)
        if (lag <= Math.max(0, entries - before.entries)) return
        await pause(lookAgainMs)
      }
    }
    const giveWay = async (withinMs: number): Promise<void> =>
      Promise.race([telemetry.intake.whenFlowCaughtUp(), pause(withinMs)])

    const deliver = async (entries: readonly Entry[], job: ReplayJob): Promise<DeliveryOutcome> => {
      await deliveries.whenFlowsRun()
      if (isClosed) return { kind: 'interrupted' }
      const outcome = await deliverUplinks(entrance, entries, { [replayProperty]: { id: job.id } })
      if (outcome.kind === 'processed') telemetry.counts.messagesReplayed += entries.length
      return outcome
    }

    const partsOf = ({ document: { id, orgId }, signal }: Work<ReplayDocument>): ReplayRunParts => ({
      stream,
      clock,
      pause,
      current: async () => (await store.organization(orgId).collection(replayCollection).get(id))?.document,
      liveCaughtUp,
      giveWay,
      flush: () => series.flush(),
      handOver: (entries, job) =>
        handOver(
          {
            deliver: (some) => deliver(some, job),
            signal,
            clock,
            random: Math.random,
            fault,
            abandon: (entry, error) =>
              telemetry.deadLetters.put([poison(entry, properties.maxDeliveries, error)]),
            maxDeliveries: properties.maxDeliveries,
          },
          entries,
        ),
      maxBatch: properties.maxBatch,
      messagesPerSecond: properties.messagesPerSecond,
    })

    /** Writes down where it is every second, as long as it runs. */
    const carryOut = async (work: Work<ReplayDocument>): Promise<Next<ReplayDocument>> => {
      const run = new ReplayRun(partsOf(work), work)
      let isTicking = false
      const tick = async (): Promise<void> => {
        if (isTicking) return
        isTicking = true
        status({ fill: 'yellow', shape: 'dot', text: `${run.job.messages} replayed` })
        await run.tick().catch((error: unknown) => fault(asError(error)))
        isTicking = false
      }
      const timer = setInterval(() => void tick(), tickMs).unref()
      try {
        return await run.run()
      } catch (error) {
        if (!work.signal.aborted) fault(asError(error))
        throw error
      } finally {
        clearInterval(timer)
        status(undefined)
      }
    }

    const running = jobs.start(
      defineJob<ReplayDocument>({
        name: replayJobName,
        collection: replayCollection,
        of: 'organizations',
        where: { target: properties.target },
        leaseMs,
        // The oldest first, and one at a time: a replay takes what the machine has to spare.
        maxAtOnce: 1,
        retry,
        run: carryOut,
      }),
    )

    return {
      async close() {
        isClosed = true
        // What the flow still holds is lost with its nodes; it is read again by whoever takes over.
        await running.stop()
      },
    }
  },
})

import { setTimeout as delay } from 'node:timers/promises'
import { defineNode } from '../../platform/kit/define-node.ts'
import type { DeliveryOutcome } from '../../platform/kit/delivery.ts'
import { asError } from '../../platform/kit/presentable.ts'
import { systemClock as timers } from '../../platform/stream/clock.ts'
import type { Entry } from '../../platform/stream/port.ts'
import { uplinkMessage } from '../reading.ts'
import { openOf, replayCollection, type ReplayJob, replayProperty } from '../replay-job.ts'
import { deliverUplinks, type FlowEntrance, poison } from '../stream-uplink.ts'
import { uplinkStream } from '../uplink-intake.ts'
import { config } from './config.ts'
import { handOver } from './hand-over.ts'
import { leaseMs, ReplayRun } from './replay-run.ts'

const tickMs = 1000
const lookAgainMs = 200
const pause = (ms: number): Promise<void> => delay(ms, undefined, { ref: false })

export default defineNode({
  type: 'replay',
  category: 'telemetry',
  icon: 'font-awesome/fa-repeat',
  config,
  outputs: [{ label: 'uplinks', message: uplinkMessage }],
  start({ config: properties, platform, emit, fault, status }) {
    const { clock, deadLetters, deliveries, intake, metrics, secrets, series, store, stream } = platform
    const owner = secrets.newId()
    const entrance: FlowEntrance = {
      deliveries,
      emit,
      after: (ms, task) => timers.after(ms, task),
      stallMs: properties.stallSeconds * 1000,
    }
    let current: ReplayRun | undefined
    let isClosed = false
    let isTicking = false

    /** In every process: what the stream holds by now has gone through the flow, and its effects can be looked up. */
    const liveCaughtUp = async (isStopped: () => boolean): Promise<void> => {
      await intake.whenFlowCaughtUp()
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
      Promise.race([intake.whenFlowCaughtUp(), pause(withinMs)])

    const deliver = async (entries: readonly Entry[], job: ReplayJob): Promise<DeliveryOutcome> => {
      await deliveries.whenFlowsRun()
      if (isClosed) return { kind: 'interrupted' }
      const outcome = await deliverUplinks(entrance, entries, { [replayProperty]: { id: job.id } })
      if (outcome.kind === 'processed') metrics.ingest.messagesReplayed += entries.length
      return outcome
    }

    const parts = (job: ReplayJob) => ({
      jobs: store.organization(job.orgId).collection(replayCollection),
      stream,
      clock,
      pause,
      liveCaughtUp,
      giveWay,
      flush: () => series.flush(),
      handOver: (entries: readonly Entry[], of: ReplayJob, isStopped: () => boolean) =>
        handOver(
          {
            deliver: (some) => deliver(some, of),
            isStopped: () => isClosed || isStopped(),
            pause,
            fault,
            abandon: (entry, tries, error) => deadLetters.put([poison(entry, tries, error)]),
            maxDeliveries: properties.maxDeliveries,
          },
          entries,
        ),
      maxBatch: properties.maxBatch,
      messagesPerSecond: properties.messagesPerSecond,
    })

    /** The oldest that nobody carries out. */
    const takeUp = async (): Promise<ReplayRun | undefined> => {
      const { items } = await store.everywhere(replayCollection, openOf(properties.target), {
        sort: [{ path: 'requestedAt', direction: 'ascending' }],
      })
      for (const { document } of items) {
        const lease = { owner, nowMs: clock.nowMs(), durationMs: leaseMs }
        const filter = { id: document.id, ...openOf(properties.target) }
        const [claimed] = await store
          .organization(document.orgId)
          .collection(replayCollection)
          .claim(filter, lease)
        if (claimed !== undefined) return new ReplayRun(parts(claimed.document), owner, claimed)
      }
      return undefined
    }

    const carryOut = async (run: ReplayRun): Promise<void> => {
      try {
        await run.run()
      } catch (error) {
        // The store or the series are away: it is taken up again, by whoever comes first, from where it was.
        fault(asError(error))
        await run.stop().catch(() => undefined)
      }
      if (current === run) current = undefined
      status(undefined)
    }

    const tick = async (): Promise<void> => {
      if (isTicking || isClosed) return
      isTicking = true
      try {
        if (current !== undefined) await current.tick()
        else {
          current = await takeUp()
          if (current !== undefined) void carryOut(current)
        }
        if (current !== undefined)
          status({ fill: 'yellow', shape: 'dot', text: `${current.job.messages} replayed` })
      } catch (error) {
        fault(asError(error))
      }
      isTicking = false
    }
    const timer = setInterval(() => void tick(), tickMs).unref()

    return {
      async close() {
        isClosed = true
        clearInterval(timer)
        // What the flow still holds is lost with its nodes; it is read again by whoever takes over.
        await current?.stop()
      },
    }
  },
})

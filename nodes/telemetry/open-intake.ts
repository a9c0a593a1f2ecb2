import type { Clock } from '../platform/clock.ts'
import { repeat } from '../platform/kit/repeat.ts'
import type { Logger } from '../platform/logger.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Stream } from '../platform/stream/port.ts'
import { RemotePace } from './remote-pace.ts'
import { type IntakeOptions, UplinkIntake } from './uplink-intake.ts'
import { ingestionGroup } from './uplink/config.ts'

/** Acknowledgments wait for the flow beyond so many messages. */
export const maxLag = 4096
/** The same where the flow is in another process: its lag is measured a few times a second, and it takes larger batches. */
const maxRemoteLag = 32_768
const measureEveryMs = 200
/** Above what a small batch takes through the flow, below what anybody notices. */
const maxHoldMs = 20
/** At a few hundred messages a second some six of them share what a batch costs; a reading is stored in 20 ms all the same. */
const lingerMs = 16

export interface OpeningIntake {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly counts: IntakeOptions['counts']
  readonly stream: Stream
  /** Whether the flow that consumes is in this process. */
  readonly isProcessing: boolean
  readonly defer: IntakeOptions['defer']
  readonly conceal: IntakeOptions['conceal']
}

export interface OpenIntake {
  readonly intake: UplinkIntake
  /** Resolves when nothing that was accepted waits any more, whoever is behind. */
  settle(): Promise<void>
}

export function openIntake(parts: OpeningIntake): OpenIntake {
  const { isProcessing } = parts
  const intake = new UplinkIntake({
    ...parts,
    maxLag: isProcessing ? maxLag : maxRemoteLag,
    maxHoldMs,
    lingerMs,
  })
  const letGo = isProcessing ? () => undefined : paceFromAfar(parts, intake)
  return {
    intake,
    settle() {
      letGo()
      return intake.whenIdle()
    },
  }
}

/** The result ends it, and lets go of what waits. */
function paceFromAfar({ clock, log, stream }: OpeningIntake, intake: UplinkIntake): () => void {
  const pace = new RemotePace({ stream, group: ingestionGroup, freeLag: maxRemoteLag })
  const endPacing = intake.pacedBy(pace)
  let isMeasuring = false
  const endMeasuring = repeat(clock, measureEveryMs, () => {
    if (isMeasuring) return
    isMeasuring = true
    pace
      .measure()
      // The stream tells of its trouble itself.
      .catch((error: unknown) => log.debug({ err: error }, 'the lag could not be measured'))
      .finally(() => (isMeasuring = false))
  })
  return () => {
    endMeasuring()
    endPacing()
    pace.letGo()
  }
}

import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Stream } from '../platform/stream/port.ts'
import { uplinkStream } from './uplink-intake.ts'

export interface TrimParts {
  readonly stream: Pick<Stream, 'fullness' | 'statistics' | 'trim'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly log: Pick<Logger, 'warn'>
  readonly uplinkRetentionMs: number
}

/** Beyond it the engine is close to refusing what devices send, and needs room itself (Redis, to rewrite its file). */
const fullest = 0.8
const keptShare = 0.9

/**
 * Forgets what is older than the retention, and more of what was processed when its engine is nearly full: being able to
 * replay a long time back must not cost what arrives now.
 */
export async function trimUplink({ clock, log, stream, uplinkRetentionMs }: TrimParts): Promise<void> {
  await stream.trim(uplinkStream, clock.nowMs() - uplinkRetentionMs)
  let keptMs: number | undefined
  while (((await stream.fullness()) ?? 0) > fullest) {
    const { oldestMs } = await stream.statistics(uplinkStream)
    if (oldestMs === undefined) break
    const shorterMs = (clock.nowMs() - oldestMs) * keptShare
    if ((await stream.trim(uplinkStream, clock.nowMs() - shorterMs)) === 0) break
    keptMs = shorterMs
  }
  if (keptMs === undefined) return
  const hours = Number((keptMs / 3_600_000).toPrecision(2))
  log.warn({ hours }, 'what keeps the uplink stream is nearly full: less than asked for can be replayed')
}

import { Unavailable } from '../../../nodes/platform/kit/unavailable.ts'
import { isServerAway, troubleOf } from '../../mongo/trouble.ts'

/** The server does not answer, or is full: try again later. */
export class SeriesUnavailable extends Unavailable {
  override readonly name = 'SeriesUnavailable'
  constructor(reason: string, cause?: unknown) {
    super(`Series unavailable: ${reason}`, { cause })
  }
}

export function asUnavailable(error: unknown): unknown {
  return isServerAway(error) ? new SeriesUnavailable(troubleOf(error) ?? 'io', error) : error
}

/** Runs what reads; the server's trouble rejects with SeriesUnavailable. */
export async function reading<R>(run: () => Promise<R>): Promise<R> {
  try {
    return await run()
  } catch (error) {
    throw asUnavailable(error)
  }
}

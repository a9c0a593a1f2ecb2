/** Entries that were acknowledged and cannot be read any more. They are skipped, never silently. */
export class CorruptLogError extends Error {
  readonly stream: string
  readonly fromOffset: string
  /** Exclusive. */
  readonly toOffset: string

  constructor(stream: string, from: number, to: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`entries ${from} to ${to - 1} of stream ${stream} cannot be read: ${reason}`, { cause })
    this.name = 'CorruptLogError'
    this.stream = stream
    this.fromOffset = String(from)
    this.toOffset = String(to)
  }
}

import type { Figure } from '../platform/kit/domain/domain.ts'
import type { Command } from './command.ts'

const outcomes = ['acknowledged', 'failed', 'timeout', 'cancelled', 'expired'] as const

/** What has become of commands that ended here: each ends on one instance. */
export class CommandFigures {
  readonly #ended = new Map<Command['status'], number>()
  #retries = 0
  #ackSeconds = 0

  note({ acknowledgedAtMs, attempts, createdAtMs, status }: Command): void {
    this.#ended.set(status, (this.#ended.get(status) ?? 0) + 1)
    this.#retries += Math.max(0, attempts.length - 1)
    if (acknowledgedAtMs !== null) this.#ackSeconds += (acknowledgedAtMs - createdAtMs) / 1000
  }

  /** Their mean is the seconds by the acknowledged ones. */
  get figures(): readonly Figure[] {
    const counter = (name: string, help: string, read: () => number): Figure => ({
      kind: 'counter',
      name: `fleetloom_command${name}_total`,
      help,
      read,
    })
    return [
      ...outcomes.map((status) =>
        counter(`s_${status}`, `Commands that ended as ${status}`, () => this.#ended.get(status) ?? 0),
      ),
      counter('_retries', 'Attempts at commands beyond the first of each', () => this.#retries),
      counter(
        '_acknowledgment_seconds',
        'From the request to the acknowledgment, of acknowledged commands together',
        () => this.#ackSeconds,
      ),
    ]
  }
}

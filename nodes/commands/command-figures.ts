import type { Figure } from '../platform/metrics.ts'
import { Tally } from '../platform/kit/tally.ts'
import type { Command } from './command.ts'

/** What has become of commands that ended here: each ends on one instance. */
export class CommandFigures {
  readonly #ended = new Tally<Exclude<Command['status'], 'pending' | 'sent'>>('fleetloom_commands', {
    acknowledged: 'Commands that ended as acknowledged',
    failed: 'Commands that ended as failed',
    timeout: 'Commands that ended as timeout',
    cancelled: 'Commands that ended as cancelled',
    expired: 'Commands that ended as expired',
  })
  #retries = 0
  #ackSeconds = 0

  note({ acknowledgedAtMs, attempts, createdAtMs, status }: Command): void {
    if (status !== 'pending' && status !== 'sent') this.#ended.note(status)
    this.#retries += Math.max(0, attempts.length - 1)
    if (acknowledgedAtMs !== null) this.#ackSeconds += Math.max(0, acknowledgedAtMs - createdAtMs) / 1000
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
      ...this.#ended.figures,
      counter('_retries', 'Attempts at commands beyond the first of each', () => this.#retries),
      counter(
        '_acknowledgment_seconds',
        'From the request to the acknowledgment, of acknowledged commands together',
        () => this.#ackSeconds,
      ),
    ]
  }
}

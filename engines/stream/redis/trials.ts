import { Trial } from '../shared/trial.ts'
import { listOf, numberOf, textOf } from './answers.ts'
import type { Channel } from './channel.ts'
import type { Partition } from './partition.ts'
import { trialScript } from './scripts.ts'

/**
 * The trials of a group's partitions, on the server. Whoever takes a partition from an instance that did not give it
 * back (renewScript tells) goes about it with care.
 */
export class Trials {
  readonly #channel: Channel
  readonly #keys: { readonly leases: string; readonly trials: string }
  readonly #onTrouble: (error: unknown, message: string) => void

  constructor(channel: Channel, name: string, onTrouble: (error: unknown, message: string) => void) {
    this.#channel = channel
    this.#keys = channel.keys.group(name)
    this.#onTrouble = onTrouble
  }

  /** Of partitions that are taken up. */
  async find(numbers: readonly number[]): Promise<ReadonlyMap<number, Trial>> {
    if (numbers.length === 0) return new Map()
    const fields = numbers.flatMap((number) => [`careful${number}`, String(number)])
    const found = listOf(await this.#channel.engine.call('HMGET', this.#keys.trials, ...fields))
    return new Map(
      numbers.map((number, at) => {
        const [careful, kept] = [found[at * 2] ?? 0, found[at * 2 + 1] ?? undefined]
        return [number, new Trial(numberOf(careful), kept === undefined ? undefined : textOf(kept))]
      }),
    )
  }

  /** Never rejects: when it cannot be noted, the work goes on all the same. */
  async note(partitions: readonly Partition[]): Promise<void> {
    const args = partitions.flatMap(({ number, token, trial, durable }) => [
      number,
      token,
      trial.keep(durable.index) ?? '',
    ])
    try {
      await this.#channel.engine.run(trialScript, [this.#keys.leases, this.#keys.trials], args)
    } catch (error) {
      this.#onTrouble(error, 'what is in work cannot be noted')
    }
  }
}

import { Turns } from '../platform/kit/turns.ts'

/** Keeps organizations within the number of devices that they may have. */
export class DeviceRoom {
  readonly #turns = new Turns()

  /**
   * Runs it when there is room, one at a time for each organization, so that several at once do not each find the last
   * place; undefined when there is none. Instances that do so in the same moment may go over by what each is at.
   */
  async within<T>(
    orgId: string,
    limit: number | undefined,
    count: () => Promise<number>,
    run: () => Promise<T>,
  ): Promise<T | undefined> {
    if (limit === undefined) return run()
    return this.#turns.take(orgId, async () => ((await count()) < limit ? run() : undefined))
  }
}

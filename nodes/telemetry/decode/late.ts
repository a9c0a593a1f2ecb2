import type { DeviceRecord } from '../../devices/device.ts'
import type { Evaluated } from '../../platform/expressions/pool.ts'
import type { Uplink } from '../reading.ts'

/** What an uplink waits with: for its expression, or only for those of its device that came before it. */
export type Need =
  | { readonly kind: 'expression'; readonly source: string; readonly text: string }
  | { readonly kind: 'turn'; readonly value: unknown }

/** An uplink that goes on later than the batch it came with. */
export interface Late {
  readonly uplink: Uplink
  readonly record: DeviceRecord
  readonly extra: Readonly<Record<string, unknown>> | undefined
  readonly hold: Hold
  readonly need: Need
  evaluated: Evaluated | undefined
}

/** Until all that a batch left behind is durable. */
export class Hold {
  readonly #settled = Promise.withResolvers<void>()
  #left = 0

  constructor() {
    // A delivery that was given up does not follow it any more.
    this.durable.catch(() => undefined)
  }

  get durable(): Promise<void> {
    return this.#settled.promise
  }

  enter(): void {
    this.#left += 1
  }

  leave(error?: Error): void {
    this.#left -= 1
    if (error !== undefined) this.#settled.reject(error)
    else if (this.#left === 0) this.#settled.resolve()
  }
}

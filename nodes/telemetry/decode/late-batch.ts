import type { DeviceRecord } from '../../devices/device.ts'
import type { Clock } from '../../platform/clock.ts'
import { type ExpressionPool, suspendedDetail } from '../../platform/expressions/pool.ts'
import type { Uplink } from '../reading.ts'
import { type Decoded, nothingDecoded, rejectUplink } from './decode.ts'
import type { LateUplinks } from './late-uplinks.ts'
import { Hold, type Need } from './late.ts'

/** What a batch waits in all for those who have too much waiting already. */
const maxWaitMs = 250

export interface LateBatchParts {
  readonly late: Pick<LateUplinks, 'add'>
  readonly pool: Pick<ExpressionPool, 'isSuspended' | 'hasRoom' | 'whenRoom'>
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** The batch is durable only when `durable` has resolved as well. */
  readonly awaitDurable: (durable: Promise<void>) => void
  readonly extra: Readonly<Record<string, unknown>> | undefined
}

interface Waiting {
  readonly uplink: Uplink
  readonly record: DeviceRecord
  readonly need: Need
}

/** Those of one batch that go on later, and those of them that are too much and have to wait to be among them. */
export class LateBatch {
  readonly #parts: LateBatchParts
  readonly #hold = new Hold()
  readonly #waiting: Waiting[] = []

  constructor(parts: LateBatchParts) {
    this.#parts = parts
    this.#hold.enter()
    parts.awaitDurable(this.#hold.durable)
  }

  /** Whether all that was added goes on by itself. */
  get isSettled(): boolean {
    return this.#waiting.length === 0
  }

  /** Whether something of the device waits here, so that what follows must not overtake it. */
  has(deviceId: string): boolean {
    return this.#waiting.some(({ uplink }) => uplink.deviceId === deviceId)
  }

  add(into: Decoded, uplink: Uplink, record: DeviceRecord, need: Need): void {
    const { pool } = this.#parts
    const { key, version } = record.deviceClass
    const { orgId } = uplink
    if (need.kind === 'expression' && pool.isSuspended({ orgId, classKey: key, version }))
      rejectUplink(into, uplink, { reason: 'expression-suspended', detail: suspendedDetail })
    else if (this.#hasToWait(uplink, need)) this.#waiting.push({ uplink, record, need })
    else this.#add({ uplink, record, need })
  }

  /** Nothing more is added. Gives what is refused because its organization has too much waiting. */
  async settle(): Promise<Decoded> {
    const { clock, pool } = this.#parts
    const refused = nothingDecoded()
    const endMs = clock.monotonicMs() + maxWaitMs
    for (const waiting of this.#waiting) {
      const { need, uplink } = waiting
      const leftMs = Math.max(0, endMs - clock.monotonicMs())
      if (need.kind === 'turn' || (await pool.whenRoom(uplink.orgId, leftMs))) this.#add(waiting)
      else
        rejectUplink(refused, uplink, {
          reason: 'expression-limit',
          detail: 'the expressions of this organization take more time than there is',
        })
    }
    this.end()
    return refused
  }

  end(): void {
    this.#hold.leave()
  }

  #hasToWait({ deviceId, orgId }: Uplink, need: Need): boolean {
    if (need.kind === 'turn') return this.has(deviceId)
    return !this.#parts.pool.hasRoom(orgId) || this.#waiting.some(({ uplink }) => uplink.orgId === orgId)
  }

  #add(waiting: Waiting): void {
    this.#parts.late.add({ ...waiting, hold: this.#hold, extra: this.#parts.extra })
  }
}

import type { Allowances } from '../../nodes/platform/allowances.ts'
import type { AedesCore } from './aedes-core.ts'
import type { HeldWills } from './held-wills.ts'
import type { Connections } from './connections.ts'
import type { BrokerGate } from '../../nodes/platform/broker/port.ts'

/** What aedes' hooks work with. */
export interface HookContext {
  readonly gate: BrokerGate
  readonly core: AedesCore
  readonly connections: Connections
  /** Connects of each device. */
  readonly connects: Allowances
  /** Of each address. */
  readonly offences: Allowances
  /** Subscription objects that were granted; aedes hands the refused ones of the same SUBSCRIBE to its store too. */
  readonly granted: WeakSet<object>
  readonly heldWills: HeldWills
  readonly nowMs: () => number
  readonly maxPayloadBytes: number
  readonly maxSubscriptions: number
  readonly maxUnreleased: number
  readonly maxUnsentBytes: number
  readonly maxSessionsPerDevice: number
  readonly onThrown: (what: string, error: unknown) => void
}

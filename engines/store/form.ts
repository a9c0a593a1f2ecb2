import { InvalidQuery } from '../../nodes/platform/store/errors.ts'
import type { Lease } from '../../nodes/platform/store/port.ts'

/** @throws InvalidQuery */
export function assertLease({ owner, nowMs, durationMs }: Lease): void {
  if (owner === '' || !Number.isFinite(nowMs) || !(durationMs > 0)) {
    throw new InvalidQuery('A lease needs an owner, an instant and a duration')
  }
}

import { clockToleranceMs } from '../../nodes/platform/kit/ahead.ts'
import { InvalidQuery } from '../../nodes/platform/store/errors.ts'
import type { Lease } from '../../nodes/platform/store/port.ts'

/** @throws InvalidQuery */
export function assertLease({ owner, nowMs, durationMs }: Lease): void {
  if (owner === '' || !Number.isFinite(nowMs) || !(durationMs > 0)) {
    throw new InvalidQuery('A lease needs an owner, an instant and a duration')
  }
}

/** Later than that no lease ends that is given now, by a clock that is right. */
export const latestEndMs = ({ durationMs, nowMs }: Lease): number =>
  Math.ceil(nowMs + durationMs) + clockToleranceMs

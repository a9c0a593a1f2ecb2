import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { uptime } from 'node:os'
import { hrtime } from 'node:process'
import { leastStepMs } from './kit/ahead.ts'

/** How the wall clock stands to one that never jumps. */
export interface Reckoning {
  /** Between two starts of it: its processes share a clock that never jumps. */
  readonly machine: string
  /** How far the wall clock is ahead of that one. */
  readonly aheadMs: number
}

/**
 * By CLOCK_MONOTONIC, which all processes on a machine share from one boot to the next, and which stands still while the
 * machine is suspended: that is time that has passed, and no step of the wall clock. Where the system does not name the boot
 * and whose clock it is (anything but Linux), a process knows only of the steps that it lives to see.
 */
export function machineReckoning(): () => Reckoning {
  const machine = machineName() ?? randomUUID()
  let suspendedMs = suspended()
  let lastMs = Date.now() - monotonicMs() - suspendedMs
  return () => {
    const aheadMs = Date.now() - monotonicMs() - suspendedMs
    if (Math.abs(aheadMs - lastMs) < leastStepMs) return { machine, aheadMs }
    const nowMs = suspended()
    lastMs = aheadMs + suspendedMs - nowMs
    suspendedMs = nowMs
    return { machine, aheadMs: lastMs }
  }
}

const monotonicMs = (): number => Number(hrtime.bigint()) / 1e6

/** Since boot. A container may be told an uptime of its own, which is less. */
const suspended = (): number => Math.max(0, uptime() * 1000 - monotonicMs())

/** The boot, and the namespace of time, which may have a CLOCK_MONOTONIC of its own. */
function machineName(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${readlinkSync('/proc/self/ns/time')}`
  } catch {
    return undefined
  }
}

import type { DeviceCredential } from '../load/protocol.ts'

/** What a server says about itself, all of it counted since its start. */
export interface Stats {
  readonly storedReadings: number
  /** Readings per age bucket when they became readable; see age-histogram.ts for the bounds. */
  readonly ages: readonly number[]
  readonly rssBytes: number
  readonly cpuSeconds: number
}

export interface RunningTarget {
  readonly mqttPort: number
  readonly devices: readonly DeviceCredential[]
  stats(): Promise<Stats>
  /** Stops the process (SIGTERM) and removes its data. */
  stop(): Promise<void>
}

export interface Fleet {
  readonly devices: number
  /** Every device has the ports 1 to 2 × portPairs; see unique-clock.ts for why more than one pair. */
  readonly portPairs: number
}

export interface Target {
  readonly key: TargetKey
  readonly name: string
  start(fleet: Fleet): Promise<RunningTarget>
}

export type TargetKey = 'a' | 'b' | 'c' | 'ack'

export function deviceIds(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `bench-${String(n + 1).padStart(5, '0')}`)
}

/** The ports of every device: the first of a pair has a real calibration, the second is left as it is. */
export function portsOf(pairs: number): { port: number; scaling: number; offset: number }[] {
  return Array.from({ length: pairs * 2 }, (_, n) =>
    n % 2 === 0 ? { port: n + 1, scaling: 2, offset: 1 } : { port: n + 1, scaling: 1, offset: 0 },
  )
}

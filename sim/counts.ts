/** What a fleet has done so far. Mutable and shared: it is on the path of every message. */
export interface Counts {
  devices: number
  connected: number
  sent: number
  acknowledged: number
  commands: number
  answered: number
  ignoredCommands: number
  /** Readings not taken: the device was off the network, or the broker too slow in acknowledging. */
  skipped: number
  /** Messages that a fault kept from being sent. */
  lost: number
  reconnects: number
  /** By message, how often, since the last time that they were shown. */
  readonly problems: Map<string, number>
}

export function createCounts(devices: number): Counts {
  return {
    devices,
    connected: 0,
    sent: 0,
    acknowledged: 0,
    commands: 0,
    answered: 0,
    ignoredCommands: 0,
    skipped: 0,
    lost: 0,
    reconnects: 0,
    problems: new Map(),
  }
}

export function noteProblem(counts: Counts, message: string): void {
  counts.problems.set(message, (counts.problems.get(message) ?? 0) + 1)
}

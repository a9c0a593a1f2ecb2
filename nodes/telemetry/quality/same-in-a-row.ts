import type { CalibratedReading } from '../reading.ts'

/** Counts how often a port has reported exactly the same raw value in a row. */
export class SameInARow {
  readonly #runs = new Map<string, { value: number; count: number }>()

  /** 1 for a value that differs from the one before. */
  count(reading: Pick<CalibratedReading, 'deviceId' | 'port' | 'rawValue'>): number {
    const key = `${reading.deviceId}\n${reading.port}`
    const run = this.#runs.get(key)
    if (run === undefined || run.value !== reading.rawValue) {
      this.#runs.set(key, { value: reading.rawValue, count: 1 })
      return 1
    }
    run.count += 1
    return run.count
  }
}

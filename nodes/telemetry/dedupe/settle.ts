import type { AssessedReading, Reading } from '../reading.ts'

/** Two values of a port for one instant. */
export interface Conflict {
  /** What is in the series, or on its way there, is named first. */
  readonly values: readonly [earlier: number, later: number]
  readonly reading: Reading
  /** Whether the later one stays. */
  readonly isReplaced: boolean
  /** Whether the earlier one is in the archive. */
  readonly isArchived?: boolean
}

export interface Settled {
  /** New, or to be stored instead of what is: of several with one key one at most is passing. */
  readonly passing: readonly Reading[]
  readonly repeats: readonly Reading[]
  readonly conflicts: readonly Conflict[]
  /** Of those that pass, the ones whose key has a stored value that has to go first. */
  readonly replacing: readonly Reading[]
}

export interface Doubt {
  readonly doubtful: readonly Reading[]
  /** The raw value that is stored under the key of each. */
  readonly stored: readonly (number | undefined)[]
  /** What passes already; of a reading that the last value replaces, the value is put in here. */
  readonly fresh: readonly Reading[]
  readonly lastWins: (deviceId: string) => boolean
}

/**
 * What becomes of doubtful readings. One that has a value of its own under a key that is taken is no repeat: which of the two stays
 * is the device class's choice, and that there are two is told.
 */
export function settle({ doubtful, fresh, lastWins, stored }: Doubt): Settled {
  const passing: Reading[] = []
  const repeats: Reading[] = []
  const conflicts: Conflict[] = []
  const replacing: Reading[] = []
  const taken = new Map(fresh.map((reading) => [keyOf(reading), reading]))
  for (const [index, reading] of doubtful.entries()) {
    const key = keyOf(reading)
    const other = taken.get(key)
    const earlier = other?.rawValue ?? stored[index]
    if (earlier === undefined) {
      taken.set(key, reading)
      passing.push(reading)
    } else if (earlier === reading.rawValue) repeats.push(reading)
    else {
      const isReplaced = lastWins(reading.deviceId)
      conflicts.push({ reading, values: [earlier, reading.rawValue], isReplaced })
      if (!isReplaced) continue
      if (other !== undefined) takeOver(other, reading)
      else {
        taken.set(key, reading)
        passing.push(reading)
        replacing.push(reading)
      }
    }
  }
  return { passing, repeats, conflicts, replacing }
}

/** In place: other nodes have not seen it yet, and where it stands in the batch tells its order. */
function takeOver(passing: Reading, later: Reading): void {
  Object.assign<Reading, Partial<AssessedReading>>(passing, later)
}

const keyOf = ({ deviceId, port, ts }: Reading): string => `${deviceId}\n${port}\n${ts}`

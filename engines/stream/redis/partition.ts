import { Deliveries } from '../shared/deliveries.ts'
import { Trial } from '../shared/trial.ts'

/** How many entries of a partition are done, and the row that holds the last of them. */
export interface Place {
  readonly index: number
  readonly row: string
}

export function placeOf(text: string): Place {
  const [index, row] = text.split(' ')
  if (index === undefined || row === undefined || !/^\d+-\d+$/.test(row)) {
    throw new TypeError(`not a place in a partition: ${text}`)
  }
  return { index: Number(index), row }
}

/**
 * One partition that this instance owns, under one fencing token: what is processed moves on at once, what is durable
 * follows, `committed` is what the server has. Once the partition is lost nothing here matters any more.
 */
export class Partition {
  readonly number: number
  readonly token: string
  readonly deliveries = new Deliveries()
  readonly trial: Trial
  /** Lost to another instance, or given back; one that was given back may still tell what has become durable. */
  state: 'held' | 'released' | 'lost' = 'held'
  /** Since when it is to be given back (monotonic milliseconds): nothing new is handed over. */
  leavingSinceMs: number | undefined
  processed: Place
  durable: Place
  committed: Place

  constructor(number: number, token: string, place: Place, trial: Trial = new Trial()) {
    this.number = number
    this.token = token
    this.trial = trial
    for (const { from, to, times } of trial.suspects)
      for (let time = 0; time < times; time += 1) this.deliveries.note(from, to)
    this.processed = place
    this.durable = place
    this.committed = place
  }

  get isWorkable(): boolean {
    return this.state === 'held' && this.leavingSinceMs === undefined
  }

  get isDirty(): boolean {
    return this.state !== 'lost' && this.durable.index > this.committed.index
  }
}

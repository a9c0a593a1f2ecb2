import type { ConsumeOptions } from '../../../nodes/platform/stream/port.ts'
import { listOf, numberOf, pairsOf, textOf } from './answers.ts'
import type { Channel } from './channel.ts'
import type { GroupKeys } from './names.ts'
import { Partition, type Place, placeOf } from './partition.ts'
import { commitScript, releaseScript, renewScript } from './scripts.ts'
import type { Timing } from './timing.ts'
import { Trials } from './trials.ts'

export interface OwnershipContext {
  readonly channel: Channel
  readonly name: string
  readonly startAt: ConsumeOptions['startAt']
  /** Who this process is among the instances. */
  readonly instance: string
  readonly timing: Timing
  readonly onTrouble: (error: unknown, message: string) => void
}

/** What follows from it, and is asked for it. */
export interface OwnershipEvents {
  /** Somebody else's from now on. */
  readonly onGone: (partition: Partition) => void
  /** Whether something of it still waits to become durable. */
  readonly isPending: (partition: Partition) => boolean
  /** What is owned here, and where the group is elsewhere, may have changed. */
  readonly onRenewed: () => void
}

/** After this long without renewing it an instance is taken for dead, and others take what it owned. */
const leaseMs = 5000
const renewEveryMs = 1000
/** Longer would bring more back after a crash and let others' lag look larger; shorter costs a command each. */
const commitWithinMs = 20
const commitAgainMs = 1000

/** Which partitions of a stream this instance owns for a group, and what the server knows of where it is in them. */
export class Ownership {
  readonly #context: OwnershipContext
  readonly #events: OwnershipEvents
  readonly #keys: GroupKeys
  readonly #trials: Trials
  readonly #partitions = new Map<number, Partition>()
  /** Given back; as long as nobody takes them they can be taken up where they were. */
  readonly #released = new Map<number, Partition>()
  /** Where the group is, as the server said last. */
  #places: readonly Place[] = []
  /** Being handed over: not to be given back now. */
  inHand: ReadonlySet<Partition> = new Set()
  #isTakingPart = false
  #renewing: Promise<void> | undefined
  #committing: Promise<void> | undefined
  #cancelRenewal: (() => void) | undefined
  #cancelCommit: (() => void) | undefined
  #leaseEndsMs = Number.NEGATIVE_INFINITY
  #isTroubled = false

  constructor(context: OwnershipContext, events: OwnershipEvents) {
    this.#context = context
    this.#events = events
    this.#keys = context.channel.keys.group(context.name)
    this.#trials = new Trials(context.channel, context.name, context.onTrouble)
  }

  /** False when others may have taken over meanwhile, until the lease is renewed. */
  get isValid(): boolean {
    return this.#context.timing.clock.monotonicMs() < this.#leaseEndsMs
  }

  get partitions(): IteratorObject<Partition> {
    return this.#partitions.values()
  }

  partition(number: number): Partition | undefined {
    return this.#partitions.get(number)
  }

  /** How many entries of a partition are processed: here, or durably by whoever owns it. */
  processed(number: number): number {
    return (this.#partitions.get(number)?.processed ?? this.#places[number])?.index ?? 0
  }

  /** Takes part from now on: others learn of it, and give back what is more than their share. */
  async begin(): Promise<void> {
    this.#isTakingPart = true
    await this.#context.channel.retry(() => this.renew())
    this.#renewSoon(renewEveryMs)
  }

  /**
   * Tells the server where the group is and gives everything back. Takes no longer than the engine's silence: commands
   * fail at once while it is away.
   */
  async end(): Promise<void> {
    this.#isTakingPart = false
    this.#cancelRenewal?.()
    try {
      await this.#renewing
      await this.commit()
      await this.#release([...this.#partitions.values()], 'leaves')
    } catch (error) {
      this.#context.onTrouble(error, 'partitions cannot be given back; others get them when the lease ends')
    }
  }

  /** Others have come or gone. */
  membersChanged(): void {
    if (this.#isTakingPart) this.#renewSoon(0)
  }

  /** What was seen may be gone: all of it begins again where the server says that the group is. */
  startAfresh(): void {
    for (const partition of [...this.#partitions.values(), ...this.#released.values()]) this.#lose(partition)
    this.membersChanged()
  }

  /** Tells the server within a moment where the group is. */
  commitSoon(): void {
    this.#commitLater(commitWithinMs)
  }

  /** Renews the lease, and takes or gives back what the fair share asks for. */
  renew(): Promise<void> {
    this.#renewing ??= (async () => {
      try {
        await this.#renewNow()
      } finally {
        this.#renewing = undefined
      }
    })()
    return this.#renewing
  }

  /** Tells the server what of these partitions is in work. */
  tried(partitions: readonly Partition[]): Promise<void> {
    return this.#trials.note(partitions)
  }

  /** Tells the server at once where the group is. */
  async commit(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing.catch(() => undefined)
    this.#cancelCommit?.()
    this.#cancelCommit = undefined
    this.#committing = this.#commitDirty()
    try {
      await this.#committing
    } finally {
      this.#committing = undefined
    }
  }

  async #renewNow(): Promise<void> {
    const { channel, name, startAt, instance, timing } = this.#context
    const { keys } = channel
    const sentMs = timing.clock.monotonicMs()
    const endsBefore = [...channel.ends]
    const answer = await channel.engine.run(
      renewScript,
      [keys.meta, this.#keys.places, this.#keys.leases, this.#keys.members, keys.groups, this.#keys.trials],
      [instance, leaseMs, JSON.stringify(name), startAt, keys.channel, channel.ends.length],
    )
    const [share, own, ends, places] = listOf(answer)
    this.#leaseEndsMs = sentMs + leaseMs
    this.#places = listOf(places).map((place) => placeOf(textOf(place)))
    channel.learn(listOf(ends).map(numberOf), endsBefore)
    await this.#own(new Map(pairsOf(own).map(([number, token]) => [numberOf(number), textOf(token)])))
    this.#yield(numberOf(share))
    await this.#letGo()
    this.#events.onRenewed()
  }

  /** Takes over what the server says is owned here, and lets go of what isn't. */
  async #own(tokens: ReadonlyMap<number, string>): Promise<void> {
    for (const partition of this.#partitions.values()) {
      if (tokens.get(partition.number) !== partition.token) this.#lose(partition)
    }
    const fresh = [...tokens].filter(([number]) => !this.#partitions.has(number))
    const trials = await this.#trials.find(fresh.map(([number]) => number))
    for (const [number, token] of fresh) {
      const before = this.#released.get(number)
      this.#released.delete(number)
      const place = this.#places[number] ?? { index: 0, row: '0-0' }
      // Nobody had it in between: what is processed here already need not come again.
      const partition =
        before?.token === token ? before : new Partition(number, token, place, trials.get(number))
      partition.state = 'held'
      partition.leavingSinceMs = undefined
      this.#partitions.set(number, partition)
    }
  }

  #lose(partition: Partition): void {
    partition.state = 'lost'
    if (this.#released.get(partition.number) === partition) this.#released.delete(partition.number)
    if (this.#partitions.get(partition.number) !== partition) return
    this.#partitions.delete(partition.number)
    this.#events.onGone(partition)
  }

  /** What is more than a fair share is to go. */
  #yield(share: number): void {
    const staying = [...this.#partitions.values()].filter((one) => one.isWorkable)
    for (const partition of staying.slice(share)) {
      partition.leavingSinceMs = this.#context.timing.clock.monotonicMs()
    }
  }

  /** Gives back what is leaving, once nothing of it is in hand and, for a while, until all of it is durable. */
  async #letGo(): Promise<void> {
    const nowMs = this.#context.timing.clock.monotonicMs()
    const going = this.partitions
      .filter((one) => one.leavingSinceMs !== undefined && !this.inHand.has(one))
      .filter((one) => !this.#events.isPending(one) || nowMs - (one.leavingSinceMs ?? nowMs) >= leaseMs)
      .toArray()
    if (going.length === 0) return
    await this.commit()
    await this.#release(
      going.filter(({ state }) => state === 'held'),
      'stays',
    )
  }

  async #release(going: readonly Partition[], how: 'leaves' | 'stays'): Promise<void> {
    const { channel, instance } = this.#context
    for (const partition of going) {
      partition.state = 'released'
      this.#partitions.delete(partition.number)
      this.#released.set(partition.number, partition)
      this.#events.onGone(partition)
    }
    await channel.engine.run(
      releaseScript,
      [this.#keys.leases, this.#keys.members],
      [instance, channel.keys.channel, how, ...going.flatMap(({ number, token }) => [number, token])],
    )
  }

  async #commitDirty(): Promise<void> {
    const dirty = [...this.#partitions.values(), ...this.#released.values()].filter((one) => one.isDirty)
    if (dirty.length === 0) return
    const told = dirty.map((partition) => ({ partition, place: partition.durable }))
    const answer = await this.#context.channel.engine.run(
      commitScript,
      [this.#keys.places, this.#keys.leases, this.#context.channel.keys.meta],
      told.flatMap(({ partition: { number, token }, place }) => [
        number,
        token,
        `${place.index} ${place.row}`,
      ]),
    )
    const fenced = new Set(listOf(answer).map(numberOf))
    for (const { partition, place } of told) {
      if (fenced.has(partition.number)) this.#lose(partition)
      else partition.committed = place
    }
  }

  #commitLater(withinMs: number): void {
    this.#cancelCommit ??= this.#context.timing.clock.after(withinMs, () => {
      this.#cancelCommit = undefined
      void this.#commitOrLater()
    })
  }

  async #commitOrLater(): Promise<void> {
    if (this.#context.channel.closed) return
    try {
      await this.commit()
      this.#isTroubled = false
    } catch (error) {
      this.#tell(error, 'where the group is cannot be written; it is tried again')
      this.#commitLater(commitAgainMs)
    }
  }

  #renewSoon(withinMs: number): void {
    this.#cancelRenewal?.()
    this.#cancelRenewal = this.#context.timing.clock.after(withinMs, () => {
      void this.#renewOrLater()
    })
  }

  async #renewOrLater(): Promise<void> {
    try {
      await this.renew()
      this.#isTroubled = false
    } catch (error) {
      this.#tell(error, 'the lease cannot be renewed; it is tried again')
    }
    if (this.#isTakingPart) this.#renewSoon(renewEveryMs)
  }

  /** Once, not for each try. */
  #tell(error: unknown, message: string): void {
    if (!this.#isTroubled) this.#context.onTrouble(error, message)
    this.#isTroubled = true
  }
}

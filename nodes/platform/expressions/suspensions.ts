import { forgetAfterMs, maxOverrunsOfClass, maxOverrunsOfOrganization } from './limits.ts'

/** Whose expression it is. */
export interface Owner {
  readonly orgId: string
  readonly classKey: string
  /** Grows with each change of the class, which counts as another one then. */
  readonly version: number
}

interface Record {
  readonly label: string
  readonly version: number
  /** When it overran lately, the oldest first. */
  readonly overrunsMs: number[]
  untilMs: number
}

/**
 * Who overruns again and again, and is not evaluated for a while. An organization counts as well: it could go on with
 * new versions of a class otherwise.
 */
export class Suspensions {
  readonly #records = new Map<string, Record>()
  readonly #nowMs: () => number
  readonly #onLifted: () => void

  /** @param onLifted told when a class that was suspended has been changed */
  constructor(nowMs: () => number, onLifted: () => void = () => undefined) {
    this.#nowMs = nowMs
    this.#onLifted = onLifted
  }

  /** What has been suspended by this, if anything: text for a log. */
  overran(owner: Owner): string | undefined {
    this.#forget()
    const { classKey, orgId, version } = owner
    const ofClass =
      this.#recordOf(owner) === 'outdated'
        ? undefined
        : this.#count(classId(owner), { label: `${orgId}/${classKey}`, version }, maxOverrunsOfClass)
    const ofAll = this.#count(orgId, { label: orgId, version: 0 }, maxOverrunsOfOrganization)
    return ofAll ?? ofClass
  }

  isSuspended(owner: Owner): boolean {
    if (this.#records.size === 0) return false
    return this.#isNow(this.#records.get(owner.orgId)) || this.#isNow(this.#recordOf(owner))
  }

  /** Overran not long ago. */
  isSuspect(owner: Owner): boolean {
    const record = this.#records.size === 0 ? undefined : this.#recordOf(owner)
    return typeof record === 'object' && this.#isFresh(record)
  }

  /** What is suspended now, as text. */
  get all(): readonly string[] {
    return [...this.#records.values()].filter((record) => this.#isNow(record)).map(({ label }) => label)
  }

  /** Of the class as it is; `outdated` when a later version of it has overrun already. */
  #recordOf(owner: Owner): Record | 'outdated' | undefined {
    const id = classId(owner)
    const record = this.#records.get(id)
    if (record === undefined || record.version === owner.version) return record
    if (record.version > owner.version) return 'outdated'
    this.#records.delete(id)
    if (this.#isNow(record)) this.#onLifted()
    return undefined
  }

  #count(id: string, made: Pick<Record, 'label' | 'version'>, max: number): string | undefined {
    const nowMs = this.#nowMs()
    const record = this.#records.get(id) ?? { ...made, overrunsMs: [], untilMs: 0 }
    this.#records.set(id, record)
    record.overrunsMs.push(nowMs)
    while ((record.overrunsMs[0] ?? nowMs) <= nowMs - forgetAfterMs) record.overrunsMs.shift()
    if (record.untilMs > nowMs || record.overrunsMs.length < max) return undefined
    // Begins afresh when it is over.
    record.overrunsMs.length = 0
    record.untilMs = nowMs + forgetAfterMs
    return record.label
  }

  #isNow(record: Record | 'outdated' | undefined): boolean {
    return typeof record === 'object' && record.untilMs > this.#nowMs()
  }

  #isFresh({ overrunsMs, untilMs }: Record): boolean {
    return Math.max(untilMs, (overrunsMs.at(-1) ?? -Infinity) + forgetAfterMs) > this.#nowMs()
  }

  #forget(): void {
    for (const [id, record] of this.#records) if (!this.#isFresh(record)) this.#records.delete(id)
  }
}

/** Neither id has a space in it. */
const classId = ({ orgId, classKey }: Owner): string => `${orgId} ${classKey}`

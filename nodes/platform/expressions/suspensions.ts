import { forgetAfterMs, maxOverrunsOfClass, maxOverrunsOfOrganization } from './limits.ts'

/** Whose expression it is; another version of the class is another one. */
export interface Owner {
  readonly orgId: string
  readonly classKey: string
  readonly version: number
}

interface Record {
  /** When it overran lately, the oldest first. */
  readonly overrunsMs: number[]
  untilMs: number
  readonly label: string
}

/**
 * Who overruns again and again, and is not evaluated for a while. An organization counts as well: it could go on with
 * new versions of a class otherwise.
 */
export class Suspensions {
  readonly #records = new Map<string, Record>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** What has been suspended by this, if anything: text for a log. */
  overran(owner: Owner): string | undefined {
    this.#forget()
    const ofClass = this.#count(classId(owner), `${owner.orgId}/${owner.classKey}`, maxOverrunsOfClass)
    const ofAll = this.#count(owner.orgId, owner.orgId, maxOverrunsOfOrganization)
    return ofAll ?? ofClass
  }

  isSuspended(owner: Owner): boolean {
    if (this.#records.size === 0) return false
    return this.#isNow(owner.orgId) || this.#isNow(classId(owner))
  }

  /** Overran not long ago. */
  isSuspect(owner: Owner): boolean {
    const record = this.#records.get(classId(owner))
    return record !== undefined && this.#isFresh(record)
  }

  /** What is suspended now, as text. */
  get all(): readonly string[] {
    const nowMs = this.#nowMs()
    return [...this.#records.values()].filter(({ untilMs }) => untilMs > nowMs).map(({ label }) => label)
  }

  #count(id: string, label: string, max: number): string | undefined {
    const nowMs = this.#nowMs()
    const record = this.#records.get(id) ?? { overrunsMs: [], untilMs: 0, label }
    this.#records.set(id, record)
    record.overrunsMs.push(nowMs)
    while ((record.overrunsMs[0] ?? nowMs) <= nowMs - forgetAfterMs) record.overrunsMs.shift()
    if (record.untilMs > nowMs || record.overrunsMs.length < max) return undefined
    // Begins afresh when it is over.
    record.overrunsMs.length = 0
    record.untilMs = nowMs + forgetAfterMs
    return label
  }

  #isNow(id: string): boolean {
    return (this.#records.get(id)?.untilMs ?? 0) > this.#nowMs()
  }

  #isFresh({ overrunsMs, untilMs }: Record): boolean {
    return Math.max(untilMs, (overrunsMs.at(-1) ?? -Infinity) + forgetAfterMs) > this.#nowMs()
  }

  #forget(): void {
    for (const [id, record] of this.#records) if (!this.#isFresh(record)) this.#records.delete(id)
  }
}

const classId = ({ orgId, classKey, version }: Owner): string => `${orgId} ${classKey} ${version}`

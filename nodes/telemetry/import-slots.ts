/** How many histories are taken in at once: each is a long write, and those of one organization must not leave others none. */
export class ImportSlots {
  readonly #maxOfOrganization: number
  readonly #max: number
  readonly #underWay = new Map<string, number>()
  #all = 0

  constructor(limits: { readonly ofOrganization?: number; readonly ofProcess?: number } = {}) {
    this.#maxOfOrganization = limits.ofOrganization ?? 2
    this.#max = limits.ofProcess ?? 8
  }

  /** What gives the place back, to be called once; undefined where there is none. */
  take(orgId: string): (() => void) | undefined {
    const own = this.#underWay.get(orgId) ?? 0
    if (own >= this.#maxOfOrganization || this.#all >= this.#max) return undefined
    this.#underWay.set(orgId, own + 1)
    this.#all += 1
    return () => this.#giveBack(orgId)
  }

  #giveBack(orgId: string): void {
    const left = (this.#underWay.get(orgId) ?? 1) - 1
    if (left === 0) this.#underWay.delete(orgId)
    else this.#underWay.set(orgId, left)
    this.#all -= 1
  }
}

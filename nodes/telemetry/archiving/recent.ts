/** Keeps what was asked for last, up to a total weight; what is asked for while it is being made is made once. */
export class Recent<T> {
  readonly #maxWeight: number
  readonly #weigh: (value: T) => number
  readonly #entries = new Map<string, { readonly value: Promise<T>; weight: number }>()
  #weight = 0

  constructor(maxWeight: number, weigh: (value: T) => number) {
    this.#maxWeight = maxWeight
    this.#weigh = weigh
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const found = this.#entries.get(key)
    if (found !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, found)
      return await found.value
    }
    const entry = { value: make(), weight: 0 }
    this.#entries.set(key, entry)
    try {
      const value = await entry.value
      if (this.#entries.get(key) === entry) {
        entry.weight = this.#weigh(value)
        this.#weight += entry.weight
        this.#dropOldest()
      }
      return value
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    }
  }

  #dropOldest(): void {
    for (const [key, { weight }] of this.#entries) {
      if (this.#weight <= this.#maxWeight) return
      if (weight === 0) continue
      this.#entries.delete(key)
      this.#weight -= weight
    }
  }
}

import type { Figure } from '../metrics.ts'

/** How often what happened here, by kind: a counter for each, `{prefix}_{kind}_total`. */
export class Tally<Kind extends string> {
  readonly #counts = new Map<Kind, number>()
  readonly figures: readonly Figure[]

  /** @param kinds each with what its figure says */
  constructor(prefix: string, kinds: Readonly<Record<Kind, string>>) {
    this.figures = Object.entries<string>(kinds).map(([kind, help]) => ({
      kind: 'counter',
      name: `${prefix}_${kind}_total`,
      help,
      // oxlint-disable-next-line no-unsafe-type-assertion -- a key of the kinds
      read: () => this.#counts.get(kind as Kind) ?? 0,
    }))
  }

  note(kind: Kind | undefined): void {
    if (kind !== undefined) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
  }
}

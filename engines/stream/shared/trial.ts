import { z } from 'zod'

/** What was in work: from a position up to another one, and whether that was one entry by itself. */
const attempt = { from: z.int(), to: z.int(), isAlone: z.boolean() }
const keptSchema = z.object({
  inWork: z.object(attempt).nullable(),
  suspects: z.array(z.object({ ...attempt, times: z.int().min(1) })),
})
type Kept = z.output<typeof keptSchema>

/**
 * Finds the entry that ends the process whenever it is in work. Nothing is written about a batch while all goes well;
 * after a process has ended without a word, all that it may have had in work is handled with care: noted before it is
 * handed over and again when it is back. What was noted last when a process ended is a suspect: next time its entries
 * are handed over one by one, and each end of the process while one of them is in work alone counts against it.
 */
export class Trial {
  /** What lies before is handled with care. */
  readonly carefulTo: number
  #inWork: Kept['inWork'] = null
  #suspects: Kept['suspects']

  /** @param text what {@link keep} gave last; what cannot be read counts as nothing */
  constructor(carefulTo = 0, text?: string) {
    this.carefulTo = carefulTo
    const { inWork, suspects } = keptOf(text)
    this.#suspects = suspects
    if (inWork !== null) this.#suspect(inWork)
  }

  get suspects(): readonly Kept['suspects'][number][] {
    return this.#suspects
  }

  isSuspect(from: number, to: number): boolean {
    return this.#suspects.some((one) => one.from < to && from < one.to)
  }

  /** How often a process has ended while this entry alone was in work. */
  endsAlone(position: number): number {
    let times = 0
    for (const one of this.#suspects)
      if (one.isAlone && one.from <= position && position < one.to) times += one.times
    return times
  }

  begin(from: number, to: number, isAlone: boolean): void {
    this.#inWork = { from, to, isAlone }
  }

  end(): void {
    this.#inWork = null
  }

  /** What is to be kept, as text, when all before `durable` never comes again; undefined when that is nothing. */
  keep(durable: number): string | undefined {
    this.#suspects = this.#suspects.filter(({ to }) => to > durable)
    if (this.#inWork === null && this.#suspects.length === 0) return undefined
    return JSON.stringify({ inWork: this.#inWork, suspects: this.#suspects } satisfies Kept)
  }

  #suspect({ from, to, isAlone }: NonNullable<Kept['inWork']>): void {
    const same = this.#suspects.find((one) => one.from === from && one.to === to && one.isAlone === isAlone)
    if (same === undefined) this.#suspects.push({ from, to, isAlone, times: 1 })
    else same.times += 1
  }
}

function keptOf(text: string | undefined): Kept {
  const nothing = { inWork: null, suspects: [] }
  if (text === undefined) return nothing
  try {
    return keptSchema.safeParse(JSON.parse(text)).data ?? nothing
  } catch {
    return nothing
  }
}

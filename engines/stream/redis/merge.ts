import { CorruptLogError } from '../shared/corrupt-log-error.ts'
import type { RouteDecoder } from '../shared/route-codec.ts'
import { listOf, textOf } from './answers.ts'
import type { Engine } from './engine.ts'
import type { StreamKeys } from './names.ts'
import type { Place } from './partition.ts'
import { idBefore, numberOfRow, type RedisEntry, type Row, rowBytesMax, rowOf } from './row.ts'

/** What one fetch brings, roughly, going by the largest rows of the one before. */
const fetchBytes = 8 << 20
/** Of each partition, however small rows have been: the next ones may be as large as rows get. */
const fetchRowsMax = 16

interface Loaded {
  readonly id: string
  readonly number: number
  /** Index in the partition after its last entry. */
  readonly end: number
  /** Without those that were taken already. */
  readonly entries: readonly RedisEntry[]
}

interface Source {
  readonly partition: number
  /** Up to where it was taken. */
  index: number
  row: string
  /** Up to where it was loaded, and whether there was more than was asked for. */
  loadedIndex: number
  loadedRow: string
  isCut: boolean
  readonly rows: Loaded[]
  at: number
}

export interface Span {
  readonly from: Place
  to: Place
}

export interface Taken {
  readonly entries: readonly RedisEntry[]
  /** For each partition how far its place moves with these entries. */
  readonly spans: ReadonlyMap<number, Span>
}

export interface MergeContext {
  readonly engine: Pick<Engine, 'call'>
  readonly keys: StreamKeys
  readonly stream: string
  readonly routes: RouteDecoder
  readonly report: (error: CorruptLogError) => void
  /** Rows that are not wanted are not decoded. */
  readonly wanted?: (row: Row) => boolean
}

/** Reads several partitions as one, in the order in which their entries were appended. */
export class Merge {
  readonly #context: MergeContext
  readonly #sources = new Map<number, Source>()
  #buffered = 0
  #rowBytes = rowBytesMax

  constructor(context: MergeContext) {
    this.#context = context
  }

  /** Entries that can be taken without a fetch, at most. */
  get buffered(): number {
    return this.#buffered
  }

  /** Up to where the partition was taken; undefined when it is not read. */
  indexOf(partition: number): number | undefined {
    return this.#sources.get(partition)?.index
  }

  add(partition: number, { index, row }: Place): void {
    this.remove(partition)
    const loaded = { loadedIndex: index, loadedRow: idBefore(row), isCut: false }
    this.#sources.set(partition, { partition, index, row, ...loaded, rows: [], at: 0 })
  }

  remove(partition: number): void {
    const source = this.#sources.get(partition)
    if (source === undefined) return
    for (const { entries } of source.rows) this.#buffered -= entries.length
    this.#buffered += source.at
    this.#sources.delete(partition)
  }

  /** Whether a fetch would bring something, when partitions end there. */
  needsFetch(ends: readonly number[]): boolean {
    return this.#sources.values().some((source) => isToLoad(source, ends))
  }

  /** Loads what follows, of partitions that end there or later. */
  async fetch(ends: readonly number[]): Promise<void> {
    const { engine, keys } = this.#context
    const sources = this.#sources
      .values()
      .filter((source) => isToLoad(source, ends))
      .toArray()
    if (sources.length === 0) return
    const rows = Math.min(fetchRowsMax, Math.ceil(fetchBytes / this.#rowBytes / sources.length))
    const where = [
      ...sources.map(({ partition }) => keys.partition(partition)),
      ...sources.map(({ loadedRow }) => loadedRow),
    ]
    const endsAsked = sources.map(({ partition }) => ends[partition] ?? 0)
    const answer: unknown = await engine.call('XREAD', 'COUNT', rows, 'STREAMS', ...where)
    const found = new Map<number, readonly unknown[]>()
    for (const one of answer === null ? [] : listOf(answer)) {
      const [key, list] = listOf(one)
      found.set(Number(textOf(key).slice(keys.prefix.length)), listOf(list))
    }
    this.#rowBytes = 256
    for (const [at, source] of sources.entries()) {
      // Taken away, or begun anew, while the answer was on its way.
      if (this.#sources.get(source.partition) !== source) continue
      this.#load(source, found.get(source.partition) ?? [], rows, endsAsked[at] ?? 0)
    }
  }

  take(maxEntries: number): Taken {
    const entries: RedisEntry[] = []
    const spans = new Map<number, Span>()
    while (entries.length < maxEntries) {
      const source = this.#first()
      const loaded = source?.rows[0]
      if (source === undefined || loaded === undefined) break
      if (!spans.has(source.partition)) {
        const from = { index: source.index, row: source.row }
        spans.set(source.partition, { from, to: from })
      }
      const entry = loaded.entries[source.at]
      if (entry !== undefined) {
        entries.push(entry)
        source.at += 1
        this.#buffered -= 1
      }
      source.row = loaded.id
      source.index = entry === undefined ? loaded.end : entry.index + 1
      if (source.at >= loaded.entries.length) {
        source.index = loaded.end
        source.rows.shift()
        source.at = 0
      }
    }
    for (const [partition, span] of spans) {
      const source = this.#sources.get(partition)
      if (source !== undefined) span.to = { index: source.index, row: source.row }
    }
    return { entries, spans }
  }

  /** The source of the entry that comes next, if it is known which that is. */
  #first(): Source | undefined {
    let first: Source | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const source of this.#sources.values()) {
      const loaded = source.rows[0]
      if (loaded === undefined) {
        if (source.isCut) return undefined
        continue
      }
      const number = loaded.entries[source.at]?.number ?? loaded.number
      if (number < lowest) {
        lowest = number
        first = source
      }
    }
    return first
  }

  #load(source: Source, answers: readonly unknown[], rowsAsked: number, end: number): void {
    const { routes, wanted } = this.#context
    for (const answer of answers) {
      const row = rowOf(answer, source.partition, routes)
      this.#rowBytes = Math.max(this.#rowBytes, row.bytes)
      if (row.first > source.loadedIndex) this.#missing(source, row.first, row.number)
      const rowEnd = row.first + row.count
      source.loadedRow = row.id
      if (rowEnd <= source.loadedIndex) continue
      const entries = wanted?.(row) === false ? [] : this.#entriesOf(row, source.loadedIndex)
      source.rows.push({ id: row.id, number: row.number, end: rowEnd, entries })
      source.loadedIndex = rowEnd
      this.#buffered += entries.length
    }
    source.isCut = answers.length >= rowsAsked
    if (!source.isCut && source.loadedIndex < end) this.#missing(source, end, numberOfRow(source.loadedRow))
  }

  #entriesOf(row: Row, from: number): readonly RedisEntry[] {
    try {
      const entries = row.entries()
      return row.first < from ? entries.slice(from - row.first) : entries
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const { stream, report } = this.#context
      report(new CorruptLogError(stream, row.number, row.number + row.count, error))
      return []
    }
  }

  #missing(source: Source, to: number, number: number): void {
    const { stream, report } = this.#context
    const lost = to - source.loadedIndex
    const reason = new Error(`${lost} entries of partition ${source.partition} are missing`)
    report(new CorruptLogError(stream, numberOfRow(source.loadedRow), number, reason))
    source.rows.push({ id: source.loadedRow, number, end: to, entries: [] })
    source.loadedIndex = to
  }
}

function isToLoad(source: Source, ends: readonly number[]): boolean {
  if (source.rows.length > 0 && source.isCut) return false
  return source.isCut || source.loadedIndex < (ends[source.partition] ?? 0)
}

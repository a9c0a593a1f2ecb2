/** Lines of a body that comes in pieces, and what history they tell. */
import { z } from 'zod'
import { epochOfIso } from './timestamp.ts'

/** What a line says was measured. */
export interface HistoricReading {
  readonly ts: number
  readonly port: number
  readonly rawValue: number
}

export type ReadLine =
  | { readonly kind: 'reading'; readonly reading: HistoricReading }
  /** An empty line, or the names of the columns. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wrong'; readonly message: string }

/** A line that is longer is none of a reading. */
export const maxLineChars = 10_000

/**
 * The lines of UTF-8 text, without their ends and without a mark in front.
 * @throws RangeError when one is longer than {@link maxLineChars}
 */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield withoutEnd(checked(line))
    checked(rest)
  }
  rest += decoder.decode()
  if (rest !== '') yield withoutEnd(rest)
}

function checked(line: string): string {
  if (line.length > maxLineChars) throw new RangeError(`a line has more than ${maxLineChars} characters`)
  return line
}

const withoutEnd = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

const numeric = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number())
const lineSchema = z.object({
  ts: z.union([z.int(), z.string()]),
  port: numeric.pipe(z.int().min(0).max(1023)),
  value: numeric.optional(),
  rawValue: numeric.optional(),
})

/** Reads line after line: objects of JSON, or CSV whose first line names the columns. What an export writes is read. */
export class ImportLines {
  #columns: readonly string[] | undefined
  #isJson: boolean | undefined

  read(line: string): ReadLine {
    if (line.trim() === '') return { kind: 'nothing' }
    this.#isJson ??= line.startsWith('{')
    if (this.#isJson) return readJson(line)
    const cells = cellsOf(line)
    if (this.#columns !== undefined)
      return toReading(Object.fromEntries(this.#columns.map((name, at) => [name, cells[at]])))
    const missing = ['ts', 'port'].filter((name) => !cells.includes(name))
    if (missing.length > 0 || !(cells.includes('value') || cells.includes('rawValue')))
      return {
        kind: 'wrong',
        message: 'the first line must name the columns ts, port and value (or rawValue)',
      }
    this.#columns = cells
    return { kind: 'nothing' }
  }
}

function readJson(line: string): ReadLine {
  try {
    return toReading(JSON.parse(line))
  } catch {
    return { kind: 'wrong', message: 'is not JSON' }
  }
}

function toReading(found: unknown): ReadLine {
  const parsed = lineSchema.safeParse(found)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return { kind: 'wrong', message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}` }
  }
  const { port, ts: when, value, rawValue = value } = parsed.data
  const ts = typeof when === 'number' ? when : epochOfIso(when)
  if (!Number.isFinite(ts))
    return { kind: 'wrong', message: 'ts: must be ISO 8601 with a zone, or epoch milliseconds' }
  if (rawValue === undefined) return { kind: 'wrong', message: 'value: is needed' }
  return { kind: 'reading', reading: { ts, port, rawValue } }
}

/** As RFC 4180 has it, but that no cell goes over several lines. */
function cellsOf(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',')
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  )
}

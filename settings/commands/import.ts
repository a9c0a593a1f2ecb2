import { createReadStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { linesOf } from '../../nodes/telemetry/import-lines.ts'
import { answered, platformUrl, tokenFor } from './api-session.ts'

const usage = `Usage: npm run fleetloom -- import --organization ORG --device ID FILE [--url http://127.0.0.1:1880]

FILE is CSV with the columns ts, port and value, or has a JSON object a line. Signs in with FLEETLOOM_TOKEN, or with
ADMIN_EMAIL and ADMIN_PASSWORD.
`
const options = {
  organization: { type: 'string' },
  device: { type: 'string' },
  url: { type: 'string' },
} as const

/** A request that is cut short is sent again by whoever sees it: not all of a large file. */
const pieceChars = 4_000_000

const importedSchema = z.object({
  imported: z.int(),
  repeated: z.int(),
  conflicting: z.int(),
  refused: z.int(),
  errors: z.array(z.object({ line: z.int(), message: z.string() })),
})
type Imported = z.output<typeof importedSchema>

/** `import …`: brings a device's history along from elsewhere, through the running platform. */
export async function importCommand(words: readonly string[]): Promise<number> {
  let parsed
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  const { positionals, values } = parsed
  const [file] = positionals
  if (file === undefined || values.device === undefined || values.organization === undefined) {
    process.stderr.write(`Say which file, for which device of which organization.\n\n${usage}`)
    return 2
  }
  const url = platformUrl(values.url)
  try {
    const target = new URL(`/api/v1/devices/${encodeURIComponent(values.device)}/history`, url)
    const headers = { authorization: `Bearer ${await tokenFor(url)}`, 'x-organization': values.organization }
    const total = { imported: 0, repeated: 0, conflicting: 0, refused: 0 }
    for await (const { firstLine, text } of piecesOf(createReadStream(file))) {
      const sent = await fetch(target, { method: 'POST', headers, body: text })
      const done = importedSchema.parse(await answered(sent))
      for (const { line, message } of done.errors)
        process.stderr.write(`line ${line + firstLine}: ${message}\n`)
      for (const name of countsOf(total)) total[name] += done[name]
      process.stdout.write(
        `${countsOf(total)
          .map((name) => `${total[name]} ${name}`)
          .join(', ')}\n`,
      )
    }
    return total.refused === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

type Counts = Omit<Imported, 'errors'>

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object that has these and no others
const countsOf = (counts: Counts): (keyof Counts)[] => Object.keys(counts) as (keyof Counts)[]

interface Piece {
  readonly text: string
  /** What is to be added to a line's number in the piece. */
  readonly firstLine: number
}

/** Whole lines, the names of the columns in front of each. */
async function* piecesOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<Piece, void> {
  let header: string | undefined
  let text = ''
  let firstLine = 0
  let line = 0
  for await (const each of linesOf(file)) {
    line += 1
    header ??= each.startsWith('{') ? '' : `${each}\n`
    text += `${each}\n`
    if (text.length < pieceChars) continue
    yield { text, firstLine }
    text = header
    firstLine = header === '' ? line : line - 1
  }
  if (text !== header) yield { text, firstLine }
}

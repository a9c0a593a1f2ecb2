import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { syncToDisk } from '../../platform/sync-to-disk.ts'
import {
  contentSchema,
  type ContentLine,
  endSchema,
  type Header,
  headerSchema,
  OrganizationFileRefused,
} from './format.ts'

/** A document may have 15 MB, a piece of the archive less. */
const maxLineBytes = 32 * 1024 * 1024
const newline = 0x0a

/** Writes them compressed, readable by its owner only; the file has its name only once all of it is on disk. */
export async function writeLines(
  file: string,
  header: Header,
  content: AsyncIterable<ContentLine>,
): Promise<void> {
  const partial = `${file}.partial-${process.pid}`
  try {
    const out = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(textOf(header, content), createGzip(), out)
    await rename(partial, file)
    await syncToDisk(path.dirname(file))
  } finally {
    await rm(partial, { force: true })
  }
}

async function* textOf(header: Header, content: AsyncIterable<ContentLine>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let lines = 0
  const said = (line: object): Buffer => {
    const text = Buffer.from(`${JSON.stringify(line)}\n`)
    hash.update(text)
    lines += 1
    return text
  }
  yield said(header)
  for await (const line of content) yield said(line)
  const end = { kind: 'end', lines, sha256: hash.digest('hex') }
  yield Buffer.from(`${JSON.stringify(end)}\n`)
}

/** The first line. @throws OrganizationFileRefused */
export async function readHeader(file: string): Promise<Header> {
  for await (const line of rawLines(file)) {
    const header = headerSchema.safeParse(parsed(line)).data
    if (header !== undefined) return header
    break
  }
  throw new OrganizationFileRefused(`${file} is no file of an organization, or one of a newer program.`)
}

/**
 * What stands between the first line and the last, in pieces. Whoever reads to the end has read a whole and unchanged file.
 * @throws OrganizationFileRefused
 */
export async function* readContent(file: string): AsyncGenerator<ContentLine> {
  const hash = createHash('sha256')
  let lines = 0
  let isOver = false
  for await (const line of rawLines(file)) {
    if (isOver) throw damaged(file)
    const value = parsed(line)
    const end = endSchema.safeParse(value).data
    if (end === undefined) {
      hash.update(line).update('\n')
      lines += 1
      if (lines === 1) continue
      const content = contentSchema.safeParse(value).data
      if (content === undefined) throw damaged(file)
      yield content
    } else {
      isOver = true
      if (end.lines !== lines || end.sha256 !== hash.copy().digest('hex')) throw damaged(file)
    }
  }
  if (!isOver) throw damaged(file)
}

async function* rawLines(file: string): AsyncGenerator<Buffer> {
  const compressed = createReadStream(file)
  const bytes = createGunzip()
  compressed.on('error', (error) => bytes.destroy(error))
  compressed.pipe(bytes)
  let rest: Buffer[] = []
  let restBytes = 0
  try {
    for await (const chunk of bytes) {
      if (!Buffer.isBuffer(chunk)) continue
      let from = 0
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, at)])
        rest = []
        restBytes = 0
        from = at + 1
      }
      rest.push(chunk.subarray(from))
      restBytes += chunk.length - from
      if (restBytes > maxLineBytes) throw damaged(file)
    }
  } catch (error) {
    throw isDamage(error) ? damaged(file, error) : error
  } finally {
    compressed.destroy()
    bytes.destroy()
  }
  if (restBytes > 0) throw damaged(file)
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString())
  } catch {
    return undefined
  }
}

const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')

const damaged = (file: string, cause?: unknown): OrganizationFileRefused =>
  new OrganizationFileRefused(`${file} was cut short, or changed: nothing of it is used.`, { cause })

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'

export const ownerOnly = { file: 0o600, folder: 0o700 }

/** Every file below a folder, relative to it, with `/`; none when it is not there. Links are followed nowhere. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .map((name) => name.replaceAll(path.sep, '/'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

export interface Fingerprint {
  readonly bytes: number
  readonly sha256: string
}

export async function fingerprintOf(file: string): Promise<Fingerprint> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunksOf(file)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** Copies a file, durably, for its owner only; what was copied is what the fingerprint says. */
export async function copyDurably(from: string, to: string): Promise<Fingerprint> {
  await mkdir(path.dirname(to), { recursive: true, mode: ownerOnly.folder })
  const hash = createHash('sha256')
  let bytes = 0
  await using target = await open(to, 'wx', ownerOnly.file)
  for await (const chunk of chunksOf(from)) {
    hash.update(chunk)
    bytes += chunk.length
    await target.writeFile(chunk)
  }
  await target.sync()
  return { bytes, sha256: hash.digest('hex') }
}

export async function writeDurably(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: ownerOnly.folder })
  await using target = await open(file, 'wx', ownerOnly.file)
  await target.writeFile(text)
  await target.sync()
}

/** Of a file or, where folders can be opened, a folder: what was renamed or made in it. */
export async function sync(name: string): Promise<void> {
  if (process.platform === 'win32' && (await stat(name)).isDirectory()) return
  await using handle = await open(name, 'r')
  await handle.sync()
}

/** False also when it is not there. */
export async function hasContent(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).some((name) => name !== 'lost+found')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

const chunksOf = (file: string): AsyncIterable<Buffer> =>
  createReadStream(file, { highWaterMark: 1024 * 1024 })

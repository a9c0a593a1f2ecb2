import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { mkdir, open, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { BackupRefused } from './manifest.ts'

export const ownerOnly = { file: 0o600, folder: 0o700 }

/**
 * Every file below a folder, relative to it, with `/`; none when it is not there. A link counts as what it leads to, since
 * data is moved to a larger disk that way. @throws BackupRefused for one that leads nowhere, or back into the folder
 */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  const seen = new Set<string>()

  async function walk(at: string): Promise<void> {
    const real = await realpath(path.join(folder, at))
    if (seen.has(real)) throw new BackupRefused(`${at} leads to what is in ${folder} already: ${real}`)
    seen.add(real)
    for (const entry of await readdir(real, { withFileTypes: true })) {
      const name = at === '' ? entry.name : `${at}/${entry.name}`
      const meant = entry.isSymbolicLink() ? await targetOf(name) : entry
      if (meant.isDirectory()) await walk(name)
      else if (meant.isFile()) found.push(name)
    }
  }

  async function targetOf(name: string): Promise<Stats> {
    try {
      return await stat(path.join(folder, name))
    } catch (error) {
      throw new BackupRefused(`${name} is a link that leads nowhere`, { cause: error })
    }
  }

  try {
    await stat(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
  await walk('')
  return found
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

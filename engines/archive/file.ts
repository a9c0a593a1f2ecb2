/**
 * The archive in a local folder. An object is written under a temporary name, synced, and given its name; then the folders
 * are synced, since a name is not durable before its folder is.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { ArchiveUnavailable } from '../../nodes/platform/archive/errors.ts'
import { checkKey, checkPrefix } from './keys.ts'
import type { Archive, ArchivedObject } from '../../nodes/platform/archive/port.ts'

/** No key begins so. A crash may leave some of these behind; they are no objects. */
const temporaryPrefix = '.tmp-'

/** `directory` is created if missing; several processes may use it. */
export async function openFileArchive(directory: string): Promise<Archive> {
  const root = path.resolve(directory)
  await attempt('open', () => mkdir(root, { recursive: true }))
  return new FileArchive(root)
}

class FileArchive implements Archive {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async put(key: string, content: Uint8Array): Promise<void> {
    await this.#write(key, content, rename)
  }

  async create(key: string, content: Uint8Array): Promise<boolean> {
    try {
      // A link is refused where the name is taken; a rename would replace it.
      await this.#write(key, content, async (from, to) => {
        await link(from, to)
        await rm(from)
      })
      return true
    } catch (error) {
      if (error instanceof ArchiveUnavailable && codeOf(error.cause) === 'EEXIST') return false
      throw error
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const file = this.#file(key)
    return await attempt(`get ${key}`, () => missingAsUndefined(readFile(file)))
  }

  async read(key: string, from: number, to: number): Promise<Uint8Array | undefined> {
    const file = this.#file(key)
    return await attempt(`read ${key}`, () => missingAsUndefined(readRange(file, from, to)))
  }

  async *list(prefix: string, after = ''): AsyncGenerator<ArchivedObject> {
    checkPrefix(prefix)
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    yield* this.#walk(folder, prefix, after)
  }

  async remove(key: string): Promise<void> {
    const file = this.#file(key)
    await attempt(`remove ${key}`, async () => {
      await rm(file, { force: true })
      await missingAsUndefined(syncFolder(path.dirname(file)))
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #file(key: string): string {
    return path.join(this.#root, checkKey(key))
  }

  async #write(
    key: string,
    content: Uint8Array,
    name: (from: string, to: string) => Promise<void>,
  ): Promise<void> {
    const file = this.#file(key)
    await attempt(`put ${key}`, async () => {
      const folder = path.dirname(file)
      const created = await mkdir(folder, { recursive: true })
      const temporary = path.join(folder, `${temporaryPrefix}${randomUUID()}`)
      try {
        const handle = await open(temporary, 'wx')
        try {
          await handle.writeFile(content)
          await handle.sync()
        } finally {
          await handle.close()
        }
        await name(temporary, file)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      await syncFolder(folder)
      if (created !== undefined) await syncFoldersAbove(folder, path.dirname(created))
    })
  }

  async *#walk(folder: string, prefix: string, after: string): AsyncGenerator<ArchivedObject> {
    const directory = path.join(this.#root, folder)
    const entries =
      (await attempt(`list ${folder}`, () =>
        missingAsUndefined(readdir(directory, { withFileTypes: true })),
      )) ?? []
    const named = entries
      .filter((entry) => !entry.name.startsWith(temporaryPrefix))
      .map((entry) => ({
        key: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`,
        isFolder: entry.isDirectory(),
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    for (const { key, isFolder } of named) {
      if (isFolder) {
        const isInside = key.startsWith(prefix) || prefix.startsWith(key)
        // All keys inside come before `after` when the folder does, unless `after` is inside as well.
        if (isInside && (key >= after || after.startsWith(key))) yield* this.#walk(key, prefix, after)
      } else if (key.startsWith(prefix) && key > after) {
        const found = await attempt(`list ${key}`, () => missingAsUndefined(stat(path.join(this.#root, key))))
        if (found !== undefined) yield { key, bytes: found.size }
      }
    }
  }
}

async function readRange(file: string, from: number, to: number): Promise<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(Math.max(0, to - from))
    let filled = 0
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  } finally {
    await handle.close()
  }
}

/** From the folder's parent up to and with `top`, which had the first new name put into it. */
async function syncFoldersAbove(folder: string, top: string): Promise<void> {
  let current = folder
  while (current !== top && current !== path.dirname(current)) {
    current = path.dirname(current)
    await syncFolder(current)
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

async function missingAsUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    const code = codeOf(error)
    // A folder, or something below a file, is no object either.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new ArchiveUnavailable(what, error)
  }
}

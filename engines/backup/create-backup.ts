import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  codeOf,
  copyDurably,
  filesBelow,
  fingerprintOf,
  hasContent,
  ownerOnly,
  writeDurably,
} from './files.ts'
import { syncToDisk } from '../../nodes/platform/sync-to-disk.ts'
import { type BackedUpFile, BackupRefused, type Manifest, manifestFile, newManifest } from './manifest.ts'
import { PinnedDatabase } from './pinned-database.ts'
import { planBackup } from './plan.ts'

export interface BackupOptions {
  readonly dataDir: string
  /** The texts of the flow files by name, asked for once the databases are pinned. */
  readonly readFlows: () => Promise<ReadonlyMap<string, string>>
  /** The folder to make; refused when there is something in it. */
  readonly out: string
  readonly platformVersion: string
  readonly nowMs: () => number
}

/**
 * Copies all that a platform keeps in its `DATA_DIR`, and its flows, while it runs or not. All databases are pinned
 * within a moment and in an order that makes a consistent set (see plan.ts), then copied at leisure, each checked.
 * A folder of the name `out` appears only once everything is in it and on disk.
 * @throws BackupRefused
 */
export async function createBackup(options: BackupOptions): Promise<Manifest> {
  const { dataDir, out } = options
  const inside = path.relative(dataDir, out)
  if (!inside.startsWith('..') && !path.isAbsolute(inside))
    throw new BackupRefused(`${out} is inside ${dataDir}: the next backup would hold this one.`)
  if (await hasContent(out)) throw new BackupRefused(`${out} is not empty.`)
  if (!(await hasContent(dataDir))) throw new BackupRefused(`There is no data in ${dataDir}.`)

  const partial = `${out}.partial-${process.pid}`
  await mkdir(partial, { recursive: true, mode: ownerOnly.folder })
  try {
    const manifest = await fill(partial, options)
    await syncToDisk(partial)
    await rm(out, { recursive: true, force: true })
    await rename(partial, out)
    await syncToDisk(path.dirname(out))
    return manifest
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function fill(target: string, options: BackupOptions): Promise<Manifest> {
  const { dataDir, nowMs, platformVersion, readFlows } = options
  const files: BackedUpFile[] = []
  const pinned: PinnedDatabase[] = []
  try {
    for (const name of planBackup(await filesBelow(dataDir)).databases)
      pinned.push(new PinnedDatabase(dataDir, name))
    const takenAt = new Date(nowMs()).toISOString()

    // A deploy writes credentials before the flows that use them.
    for (const [name, text] of await readFlows()) {
      const copy = path.join(target, 'flows', name)
      await writeDurably(copy, text)
      files.push({ path: `flows/${name}`, ...(await fingerprintOf(copy)) })
    }
    // Listed after the databases were pinned, and before the long copying: what their documents refer to is there.
    files.push(...(await copyFiles(dataDir, target)))
    for (const database of pinned) {
      const copy = path.join(target, 'data', database.name)
      await database.copyTo(copy)
      files.push({ path: `data/${database.name}`, ...(await fingerprintOf(copy)) })
    }
    const manifest = newManifest({ takenAt, platformVersion, files })
    await writeDurably(path.join(target, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`)
    return manifest
  } finally {
    for (const database of pinned) database.close()
  }
}

/**
 * Until there is nothing new: a listing is not of one moment, and a file that was written while it was made may refer to
 * another that it has missed, as the archive's entries do to theirs. That one is in the next.
 */
async function copyFiles(dataDir: string, target: string): Promise<readonly BackedUpFile[]> {
  const copied = new Map<string, BackedUpFile>()
  for (;;) {
    const { files } = planBackup(await filesBelow(dataDir))
    const fresh = files.filter((name) => !copied.has(name))
    if (fresh.length === 0) return [...copied.values()]
    for (const name of fresh)
      copied.set(name, { path: `data/${name}`, ...(await copyFile(dataDir, name, target)) })
  }
}

async function copyFile(dataDir: string, name: string, target: string) {
  try {
    return await copyDurably(path.join(dataDir, name), path.join(target, 'data', name))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    throw new BackupRefused(`${name} was removed while it was to be copied: run the backup again.`, {
      cause: error,
    })
  }
}

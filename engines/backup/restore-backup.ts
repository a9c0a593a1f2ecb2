import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { codeOf, copyDurably, filesBelow, fingerprintOf, hasContent, ownerOnly } from './files.ts'
import { syncToDisk } from '../../nodes/platform/sync-to-disk.ts'
import { type BackedUpFile, BackupRefused, type Manifest, readManifest } from './manifest.ts'

export interface RestoreOptions {
  readonly from: string
  readonly dataDir: string
  /** Where the flows go; undefined leaves those of the installation as they are. */
  readonly flowsDir: string | undefined
  /** Puts aside what is in the way, instead of refusing. */
  readonly isForced: boolean
  readonly nowMs: () => number
}

export interface Restored {
  readonly manifest: Manifest
  /** Where what was in the way is now. */
  readonly putAside: readonly string[]
}

/**
 * Checks a backup in full, then puts it where a platform can start from it. Nothing is changed before all of it is
 * checked and copied beside its place.
 * @throws BackupRefused naming what is damaged or in the way
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, flowsDir, from, isForced, nowMs } = options
  const manifest = await readManifest(from)
  const targets = [
    { room: 'data', folder: dataDir },
    ...(flowsDir === undefined ? [] : [{ room: 'flows', folder: flowsDir }]),
  ]
  if (!isForced) {
    for (const { folder } of targets) if (await hasContent(folder)) throw inTheWay(folder)
  } else refuseWhileInUse(dataDir)
  await verify(from, manifest.files)

  const stamp = new Date(nowMs()).toISOString().replaceAll(/[:.]/g, '-')
  const putAside: string[] = []
  for (const { room, folder } of targets) {
    const files = manifest.files.filter((file) => file.path.startsWith(`${room}/`))
    const aside = await replaceContent({ from, room, folder, files, stamp })
    if (aside !== undefined) putAside.push(aside)
  }
  return { manifest, putAside }
}

const inTheWay = (folder: string): BackupRefused =>
  new BackupRefused(`${folder} is not empty. Name another, or say --force: what is in it is put aside then.`)

/** Every file is there and is what was written. @throws BackupRefused naming those that are not */
async function verify(from: string, files: readonly BackedUpFile[]): Promise<void> {
  const listed = new Set(files.map((file) => file.path))
  const damaged: string[] = []
  for (const file of files) {
    const found = await fingerprintOf(path.join(from, file.path)).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (found === undefined) damaged.push(`${file.path} is missing`)
    else if (found.sha256 !== file.sha256) damaged.push(`${file.path} is not what was written`)
  }
  for (const name of await filesBelow(from)) {
    // SQLite would take it for the log of the database, and change that by it.
    const database = name.replace(/-(?:wal|journal)$/, '')
    if (database !== name && listed.has(database)) damaged.push(`${name} does not belong there`)
  }
  if (damaged.length > 0)
    throw new BackupRefused(`The backup is damaged, nothing was restored: ${damaged.join('; ')}.`)
}

interface Replacement {
  readonly from: string
  readonly room: string
  readonly folder: string
  readonly files: readonly BackedUpFile[]
  readonly stamp: string
}

/** The folder itself may be a mount point: only what is in it moves. */
async function replaceContent({
  from,
  room,
  folder,
  files,
  stamp,
}: Replacement): Promise<string | undefined> {
  await mkdir(folder, { recursive: true, mode: ownerOnly.folder })
  const staging = path.join(folder, `.restoring-${process.pid}`)
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { mode: ownerOnly.folder })
  try {
    for (const file of files) {
      const name = file.path.slice(room.length + 1)
      const { sha256 } = await copyDurably(path.join(from, file.path), path.join(staging, name))
      if (sha256 !== file.sha256) throw new BackupRefused(`${file.path} changed while it was copied.`)
    }
    const aside = await moveAside(folder, path.basename(staging), stamp)
    for (const name of await readdir(staging)) await rename(path.join(staging, name), path.join(folder, name))
    await syncToDisk(folder)
    return aside
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function moveAside(folder: string, staging: string, stamp: string): Promise<string | undefined> {
  const isOurs = (name: string): boolean =>
    name === staging || name === 'lost+found' || name.startsWith('before-restore-')
  const names = (await readdir(folder)).filter((name) => !isOurs(name))
  if (names.length === 0) return undefined
  const aside = path.join(folder, `before-restore-${stamp}`)
  await mkdir(aside, { mode: ownerOnly.folder })
  for (const name of names) await rename(path.join(folder, name), path.join(aside, name))
  return aside
}

/** A running platform holds this lock (see the series store). @throws BackupRefused */
function refuseWhileInUse(dataDir: string): void {
  try {
    using lock = new DatabaseSync(path.join(dataDir, 'series', 'series.lock'), { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK')
  } catch (error) {
    // Without the folder nothing has run there yet.
    if (error instanceof Error && error.message.includes('unable to open')) return
    throw new BackupRefused(`A platform is running on ${dataDir}: stop it first.`, { cause: error })
  }
}

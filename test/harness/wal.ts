import { closeSync, existsSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { globSync } from 'node:fs'
import path from 'node:path'

/** SQLite's write-ahead log: a header, then frames of a header and a page each (sqlite.org/fileformat2.html#walformat). */
const headerBytes = 32
const frameHeaderBytes = 24

export interface WalMark {
  readonly file: string
  readonly bytes: number
  /** Changes when the log starts anew from its beginning. */
  readonly salt: string
}

/** Every log below the folder, as it is now; `file` is relative to the folder. */
export function markWals(folder: string): readonly WalMark[] {
  return globSync('**/*.db-wal', { cwd: folder }).map((file) => markOf(folder, file))
}

export function markOf(folder: string, file: string): WalMark {
  const full = path.join(folder, file)
  return { file, bytes: statSync(full).size, salt: headerOf(full).subarray(16, 24).toString('hex') }
}

/** Where each frame of the log ends, from the first on. */
export function frameEnds(file: string): readonly number[] {
  const frameBytes = frameHeaderBytes + headerOf(file).readUInt32BE(8)
  const frames = Math.floor((statSync(file).size - headerBytes) / frameBytes)
  return Array.from({ length: frames }, (_, index) => headerBytes + (index + 1) * frameBytes)
}

/** What a disk may hold of the file after the power went: its beginning. */
export function truncateFile(file: string, bytes: number): void {
  const descriptor = openSync(file, 'r+')
  ftruncateSync(descriptor, bytes)
  closeSync(descriptor)
}

/** Or its full length, with something else where the last writes should be. */
export function overwriteFrom(file: string, at: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, bytes, 0, bytes.length, at)
  closeSync(descriptor)
}

function headerOf(file: string): Buffer {
  const header = Buffer.alloc(headerBytes)
  if (!existsSync(file)) return header
  const descriptor = openSync(file, 'r')
  readSync(descriptor, header, 0, headerBytes, 0)
  closeSync(descriptor)
  return header
}

import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { gather } from '../../nodes/platform/kit/gather.ts'
import { describeArchiveContract } from '../../nodes/platform/archive/archive.contract.ts'
import { ArchiveUnavailable } from '../../nodes/platform/archive/errors.ts'
import { openFileArchive } from './file.ts'

describeArchiveContract('the archive in a folder', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'archive-'))
  const directory = path.join(root, 'not', 'there', 'yet')
  return {
    archive: await openFileArchive(directory),
    another: () => openFileArchive(directory),
    close: () => rm(root, { recursive: true }),
  }
})

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'archive-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

it('does not take what a crash left half-written for an object', async () => {
  const archive = await openFileArchive(root)
  await archive.put('org=a/one', Buffer.from('1'))
  await writeFile(path.join(root, 'org=a', '.tmp-123'), 'half')
  expect(await gather(archive.list(''))).toEqual([{ key: 'org=a/one', bytes: 1 }])
})

it('leaves nothing behind when a write fails, and says why', async () => {
  const archive = await openFileArchive(root)
  // A file where the key needs a folder.
  await archive.put('blocked', Buffer.from('x'))
  const failed = archive.put('blocked/inner', Buffer.from('y'))
  await expect(failed).rejects.toThrow(ArchiveUnavailable)
  await expect(failed).rejects.toThrow(/put blocked\/inner: /)
  expect(await readdir(root)).toEqual(['blocked'])
})

it('refuses to open where it may not write', async () => {
  await writeFile(path.join(root, 'file'), '')
  await chmod(path.join(root, 'file'), 0o400)
  await expect(openFileArchive(path.join(root, 'file', 'archive'))).rejects.toThrow(ArchiveUnavailable)
})

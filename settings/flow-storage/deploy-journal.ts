import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Staging place inside the flows directory (same file system, so that a rename is atomic); gone after a deploy. */
const STAGING = '.deploy'
/** Its presence means that the deploy is decided: whoever finds it carries it out. */
const COMMIT = 'commit.json'

const commitSchema = z.object({ write: z.array(z.string()), remove: z.array(z.string()) })

export interface FileChanges {
  readonly write: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function writeDurably(path: string, text: string, mode?: number): Promise<void> {
  await using file = await open(path, 'w', mode)
  await file.writeFile(text)
  await file.sync()
}

async function syncDirectory(path: string): Promise<void> {
  // Windows can't open a directory, and makes renames durable by itself.
  if (process.platform === 'win32') return
  await using directory = await open(path, 'r')
  await directory.sync()
}

/** Replaces one file: after a crash it has the old text or the new, whole. */
export async function replaceFile(
  directory: string,
  name: string,
  text: string,
  mode?: number,
): Promise<void> {
  const path = join(directory, name)
  await writeDurably(`${path}.tmp`, text, mode)
  await rename(`${path}.tmp`, path)
  await syncDirectory(directory)
}

/**
 * Carries out a deploy that was decided but interrupted; nothing to do in the usual case. Steps already taken are passed over,
 * so it may run again, or in a second process at the same time.
 */
export async function finishDeploy(flowsDir: string): Promise<void> {
  const staging = join(flowsDir, STAGING)
  let text: string
  try {
    text = await readFile(join(staging, COMMIT), 'utf8')
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  const { write, remove } = commitSchema.parse(JSON.parse(text))
  for (const name of write) {
    try {
      await rename(join(staging, name), join(flowsDir, name))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  await syncDirectory(flowsDir)
  // Last, so that a crash in between leaves a renamed tab twice rather than not at all; the journal then ends it.
  for (const name of remove) await rm(join(flowsDir, name), { force: true })
  await rm(staging, { recursive: true, force: true })
  await syncDirectory(flowsDir)
}

/** Writes and removes files of a directory as one: after a crash all of it is done on the next read, or none. */
export async function deployFiles(flowsDir: string, { write, remove }: FileChanges): Promise<void> {
  if (write.size === 0 && remove.length === 0) return
  const staging = join(flowsDir, STAGING)
  await mkdir(flowsDir, { recursive: true })
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging)
  for (const [name, text] of write) await writeDurably(join(staging, name), text)
  await syncDirectory(staging)
  await replaceFile(staging, COMMIT, JSON.stringify({ write: [...write.keys()], remove }))
  await finishDeploy(flowsDir)
}

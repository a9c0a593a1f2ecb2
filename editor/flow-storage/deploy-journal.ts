import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * Staging place inside the flows directory (same file system, so that a rename is atomic); gone after a deploy. Whoever has
 * made it has the deploy: it comes into being by the rename of a folder that has its owner in it.
 */
const STAGING = '.deploy'
const OWNER = 'owner.json'
/** A deploy takes milliseconds: after that its owner, on a host that we cannot ask, has died. */
const OWNED_FOR_MS = 60_000
/** What a deploy does. */
const COMMIT = 'commit.json'
/** Folders of deploys that are decided: whoever finds one carries it out. */
const DECIDED = /^\.deploy-.+\.decided$/

const commitSchema = z.object({ write: z.array(z.string()), remove: z.array(z.string()) })

const ownerSchema = z.object({ host: z.string(), pid: z.int() })

export interface FileChanges {
  readonly write: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

/** Somebody else deploys at this moment, or has just done it: what was to be written goes by what is no more. */
export class DeployOvertaken extends Error {
  override readonly name = 'DeployOvertaken'
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'

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
 * Carries out deploys that were decided but interrupted; nothing to do in the usual case. Steps already taken are passed over,
 * so it may run again, or in a second process at the same time.
 */
export async function finishDeploy(flowsDir: string): Promise<void> {
  for (const name of await decidedIn(flowsDir)) await carryOut(flowsDir, join(flowsDir, name))
}

async function decidedIn(flowsDir: string): Promise<readonly string[]> {
  const names: readonly string[] = await readdir(flowsDir).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const decided: readonly string[] = names.filter((name) => DECIDED.test(name)).sort()
  // As earlier versions left it: without an owner, and decided by the journal in it.
  const isOld = names.includes(STAGING) && (await isOwnerless(join(flowsDir, STAGING)))
  return isOld ? [STAGING, ...decided] : decided
}

async function carryOut(flowsDir: string, staged: string): Promise<void> {
  let text: string
  try {
    text = await readFile(join(staged, COMMIT), 'utf8')
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  const { write, remove } = commitSchema.parse(JSON.parse(text))
  for (const name of write) {
    try {
      await rename(join(staged, name), join(flowsDir, name))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  await syncDirectory(flowsDir)
  // Last, so that a crash in between leaves a renamed tab twice rather than not at all; the journal then ends it.
  for (const name of remove) await rm(join(flowsDir, name), { force: true })
  await rm(staged, { recursive: true, force: true })
  await syncDirectory(flowsDir)
}

/** Nobody makes one any more; a folder that goes, or comes, while it is looked at is not meant. */
async function isOwnerless(staging: string): Promise<boolean> {
  const before = await inodeOf(staging)
  if (before === undefined || (await inodeOf(join(staging, OWNER))) !== undefined) return false
  return (await inodeOf(staging)) === before
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Makes the staging place ours. @throws DeployOvertaken while it is somebody else's */
async function takeStaging(flowsDir: string): Promise<string> {
  const staging = join(flowsDir, STAGING)
  const own = await mkdtemp(`${staging}-`)
  try {
    await writeDurably(join(own, OWNER), JSON.stringify({ host: hostname(), pid: process.pid }))
    if (await isAbandoned(staging)) await putAway(staging)
    await rename(own, staging)
    return staging
  } catch (error) {
    await rm(own, { recursive: true, force: true })
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST')
      throw new DeployOvertaken('another deploy is under way', { cause: error })
    throw error
  }
}

/** Under another name first: by its own, somebody else's may be there by the time that it is removed. */
async function putAway(staging: string): Promise<void> {
  const abandoned = `${staging}-${randomUUID()}.abandoned`
  await rename(staging, abandoned)
  await rm(abandoned, { recursive: true, force: true })
}

/** Whether what is there was left by a process that died before its deploy was decided. */
async function isAbandoned(staging: string): Promise<boolean> {
  try {
    const owner = ownerSchema.parse(JSON.parse(await readFile(join(staging, OWNER), 'utf8')))
    if (owner.host !== hostname()) return Date.now() - (await stat(staging)).mtimeMs > OWNED_FOR_MS
    if (owner.pid === process.pid) return false
    process.kill(owner.pid, 0)
    return false
  } catch (error) {
    if (isMissing(error)) return isOwnerless(staging)
    // There is no such process.
    return codeOf(error) === 'ESRCH'
  }
}

/**
 * Writes and removes files of a directory as one: after a crash all of it is done on the next read, or none.
 * @param isCurrent whether the directory still is what the changes go by; asked when nobody else can change it
 * @throws DeployOvertaken when somebody else was first
 */
export async function deployFiles(
  flowsDir: string,
  { write, remove }: FileChanges,
  isCurrent: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  if (write.size === 0 && remove.length === 0) return
  await mkdir(flowsDir, { recursive: true })
  await finishDeploy(flowsDir)
  const staging = await takeStaging(flowsDir)
  try {
    if (!(await isCurrent())) throw new DeployOvertaken('another deploy was made meanwhile')
    for (const [name, text] of write) await writeDurably(join(staging, name), text)
    await writeDurably(join(staging, COMMIT), JSON.stringify({ write: [...write.keys()], remove }))
    await syncDirectory(staging)
    // Decided: under a name that no other deploy has, so that whoever carries it out puts away this one and no other.
    await rename(staging, join(flowsDir, `${STAGING}-${randomUUID()}.decided`))
    await syncDirectory(flowsDir)
  } catch (error) {
    if (isMissing(error)) throw new DeployOvertaken('another process put this deploy away', { cause: error })
    await putAway(staging)
    throw error
  }
  await finishDeploy(flowsDir)
}

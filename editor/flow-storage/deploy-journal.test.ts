import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deployFiles, DeployOvertaken, finishDeploy } from './deploy-journal.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'deploy-journal-'))
  await writeFile(join(directory, 'old.json'), 'old')
  await writeFile(join(directory, 'kept.json'), 'kept')
})
afterEach(() => rm(directory, { recursive: true }))

async function contents(): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith('.'))
  const entries = names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(entries))
}

/** The staging place as a crash leaves it. */
async function crashed(staged: Record<string, string>, commit?: object): Promise<void> {
  await mkdir(join(directory, '.deploy'))
  for (const [name, text] of Object.entries(staged)) await writeFile(join(directory, '.deploy', name), text)
  if (commit !== undefined) await writeFile(join(directory, '.deploy/commit.json'), JSON.stringify(commit))
}

describe('a deploy of files', () => {
  test('writes and removes, and leaves nothing else behind', async () => {
    await deployFiles(directory, { write: new Map([['new.json', 'new']]), remove: ['old.json'] })
    expect(await contents()).toEqual({ 'kept.json': 'kept', 'new.json': 'new' })
    expect(await readdir(directory)).not.toContain('.deploy')
  })

  test('makes the directory when it is missing', async () => {
    await rm(directory, { recursive: true })
    await deployFiles(directory, { write: new Map([['new.json', 'new']]), remove: [] })
    expect(await contents()).toEqual({ 'new.json': 'new' })
  })

  test('touches nothing when there is nothing to change', async () => {
    await deployFiles('/proc/not-there', { write: new Map(), remove: [] })
    expect(await contents()).toEqual({ 'kept.json': 'kept', 'old.json': 'old' })
  })
})

describe('two deploys at once', () => {
  test('one is made, whole, and the other is told', async () => {
    const isCurrent = async (): Promise<boolean> => Object.keys(await contents()).length === 2
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((text) =>
        deployFiles(
          directory,
          {
            write: new Map([
              ['one.json', text],
              ['two.json', text],
            ]),
            remove: [],
          },
          isCurrent,
        ),
      ),
    )
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(failures).toHaveLength(3)
    for (const { reason } of failures) expect(reason).toBeInstanceOf(DeployOvertaken)
    const now = await contents()
    expect(now['one.json']).toBe(now['two.json'])
    expect((await readdir(directory)).sort()).toEqual(['kept.json', 'old.json', 'one.json', 'two.json'])
  })

  test('one that goes by what is no more changes nothing', async () => {
    const changes = { write: new Map([['a.json', 'a']]), remove: [] }
    await expect(deployFiles(directory, changes, () => Promise.resolve(false))).rejects.toThrow(
      DeployOvertaken,
    )
    expect(await contents()).toEqual({ 'kept.json': 'kept', 'old.json': 'old' })
    await deployFiles(directory, changes)
    expect(await contents()).toMatchObject({ 'a.json': 'a' })
  })

  test('one whose process died is not waited for, one that lives is', async () => {
    const changes = { write: new Map([['a.json', 'a']]), remove: [] }
    const stagedBy = (pid: number): Promise<void> =>
      crashed({ 'owner.json': JSON.stringify({ host: hostname(), pid }) })
    await stagedBy(process.ppid)
    await expect(deployFiles(directory, changes)).rejects.toThrow(DeployOvertaken)
    await rm(join(directory, '.deploy'), { recursive: true })
    await stagedBy(2 ** 22 + 1)
    await deployFiles(directory, changes)
    expect(await contents()).toMatchObject({ 'a.json': 'a' })
  })
})

describe('after a crash', () => {
  const commit = { write: ['a.json', 'b.json'], remove: ['old.json'] }
  const done = { 'a.json': 'a', 'b.json': 'b', 'kept.json': 'kept' }

  test('before the deploy was decided, nothing of it is done', async () => {
    await crashed({ 'a.json': 'a' })
    await finishDeploy(directory)
    expect(await contents()).toEqual({ 'kept.json': 'kept', 'old.json': 'old' })
  })

  test('and the next deploy takes no notice of what was staged', async () => {
    await crashed({ 'a.json': 'a' })
    await deployFiles(directory, { write: new Map([['b.json', 'b']]), remove: [] })
    expect(await contents()).toEqual({ 'b.json': 'b', 'kept.json': 'kept', 'old.json': 'old' })
  })

  test('once it was decided, it is done', async () => {
    await crashed({ 'a.json': 'a', 'b.json': 'b' }, commit)
    await finishDeploy(directory)
    expect(await contents()).toEqual(done)
  })

  test('half way through, the rest is done', async () => {
    await crashed({ 'b.json': 'b' }, commit)
    await writeFile(join(directory, 'a.json'), 'a')
    await finishDeploy(directory)
    expect(await contents()).toEqual(done)
  })

  test('two processes may finish it at the same time', async () => {
    await crashed({ 'a.json': 'a', 'b.json': 'b' }, commit)
    await Promise.all([finishDeploy(directory), finishDeploy(directory)])
    expect(await contents()).toEqual(done)
  })
})

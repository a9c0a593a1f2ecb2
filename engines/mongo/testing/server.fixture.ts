/**
 * A MongoDB-protocol server for tests: the one that `TEST_MONGO_URL` names, else a `mongod` on the PATH (as a replica
 * set of one), else SecantusDB (PyPI; `secantusd-py` on the PATH or in `.cache/secantus`, where `.ci/run` puts it).
 *
 * SecantusDB keeps documents in the WiredTiger library that mongod uses, and holds what these adapters ask of it. What
 * it cannot show is listed in `NOT_SHOWN` and printed by every run, so that nobody takes a green run for more.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { MongoClient } from 'mongodb'
import { freePort } from '../../../nodes/platform/testing/free-port.fixture.ts'

export interface MongoServer {
  /** Without a database. */
  readonly url: string
  readonly name: string
  readonly notShown: readonly string[]
  /** Undefined when the server is not this test's own. */
  readonly process: ServerProcess | undefined
  close(): Promise<void>
}

export interface ServerProcess {
  /** The server stops answering, its connections stay. */
  freeze(): void
  thaw(): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  restart(): Promise<void>
}

const NOT_SHOWN = [
  'the buckets of time-series collections and what they refuse (unique indexes, updates of measurements)',
  'fail-over of a replica set, write concern of more than one server',
  'speed: some fifty times slower than mongod, indexes barely used',
] as const
const START_WITHIN_MS = 60_000

const { TEST_MONGO_URL } = process.env
const mongod = onPath('mongod')
const secantus = onPath('secantusd-py') ?? executable(join('.cache', 'secantus', 'bin', 'secantusd-py'))

/** Without a server the suites are skipped by name, but not where it is known to have been installed. */
export const isMongoMissing =
  TEST_MONGO_URL === undefined &&
  mongod === undefined &&
  secantus === undefined &&
  process.env['CI'] === undefined

/** Whether tests may freeze and kill it. */
export const isServerOurs = TEST_MONGO_URL === undefined

/** For the names of suites. */
export const mongoServerName =
  TEST_MONGO_URL === undefined
    ? mongod === undefined
      ? 'SecantusDB'
      : 'mongod'
    : 'the server of TEST_MONGO_URL'

/** `isReplicated` false gives a server that is no replica set, where the server is ours. */
export async function startMongoServer(isReplicated = true): Promise<MongoServer> {
  if (TEST_MONGO_URL !== undefined) {
    return {
      url: TEST_MONGO_URL,
      name: mongoServerName,
      notShown: ['SIGKILL and SIGSTOP of the server'],
      process: undefined,
      close: () => Promise.resolve(),
    }
  }
  const directory = await mkdtemp(join(tmpdir(), 'fleetloom-mongo-'))
  const port = await freePort()
  const url = `mongodb://127.0.0.1:${port}`
  const { command, options } = commandLine(directory, port, isReplicated)
  let child = await launch(command, options, url)
  if (mongod !== undefined && isReplicated) await initiate(url)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  return {
    url,
    name: mongoServerName,
    notShown: mongod === undefined ? NOT_SHOWN : ['fail-over to another server'],
    process: {
      freeze: () => child.kill('SIGSTOP'),
      thaw: () => child.kill('SIGCONT'),
      kill,
      restart: async () => {
        child = await launch(command, options, url)
      },
    },
    close: async () => {
      await kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Says which server it was and what it could not show; once a file. */
export function reportServer({ name, notShown }: MongoServer): void {
  process.stdout.write(`Tried on ${name}. Not shown on this server: ${notShown.join('; ')}\n`)
}

function commandLine(
  directory: string,
  port: number,
  isReplicated: boolean,
): { command: string; options: readonly string[] } {
  if (mongod !== undefined) {
    const options = ['--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet']
    return {
      command: mongod,
      options: [
        ...options,
        '--wiredTigerCacheSizeGB',
        '0.25',
        ...(isReplicated ? ['--replSet', 'test'] : []),
      ],
    }
  }
  if (secantus === undefined)
    throw new Error('No MongoDB server: set TEST_MONGO_URL, or install mongod or SecantusDB')
  const options = ['--storage-path', directory, '--port', String(port), '--log-level', 'ERROR']
  // Without it a commit is in the process's memory only, and a SIGKILL loses it.
  return {
    command: secantus,
    options: [
      ...options,
      '--sync-on-commit',
      '--cache-size',
      '256M',
      ...(isReplicated ? [] : ['--standalone']),
    ],
  }
}

async function launch(command: string, options: readonly string[], url: string): Promise<ChildProcess> {
  const child = spawn(command, options, { stdio: ['ignore', 'ignore', 'inherit'] })
  const endMs = performance.now() + START_WITHIN_MS
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`)
    if (performance.now() > endMs) throw new Error(`${command} does not answer`)
    await sleep(50)
  }
  return child
}

async function answers(url: string): Promise<boolean> {
  const client = new MongoClient(url, { directConnection: true, serverSelectionTimeoutMS: 500 })
  try {
    await client.db('admin').command({ ping: 1 })
    return true
  } catch {
    return false
  } finally {
    await client.close()
  }
}

/** Makes a fresh mongod the primary of a replica set of one. */
async function initiate(url: string): Promise<void> {
  const client = new MongoClient(url, { directConnection: true })
  try {
    const host = new URL(url).host
    const config = { _id: 'test', members: [{ _id: 0, host }] }
    await client.db('admin').command({ replSetInitiate: config })
    const endMs = performance.now() + START_WITHIN_MS
    while ((await client.db('admin').command({ hello: 1 }))['isWritablePrimary'] !== true) {
      if (performance.now() > endMs) throw new Error('No primary')
      await sleep(100)
    }
  } finally {
    await client.close()
  }
}

function onPath(name: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = executable(join(directory, name))
    if (found !== undefined) return found
  }
  return undefined
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}

/** The connection that the store and the series on MongoDB share. */
import { MongoClient } from 'mongodb'
import type { Db } from 'mongodb'

import type { Logger } from '../../nodes/platform/logger.ts'
import { detectFeatures } from './features.ts'
import type { Features } from './features.ts'
import { isServerAway } from './trouble.ts'

export interface MongoOptions {
  /** `mongodb://…`; its path names the database, default `fleetloom`. */
  readonly url: string
  readonly logger: Logger
  /** How long the server is waited for at the start; default 30 s. */
  readonly connectWithinMs?: number
  /** Connections of this process at most; default 20. */
  readonly maxConnections?: number
  /** When an answer that does not come counts as trouble; default 10 s. */
  readonly answerWithinMs?: number | undefined
}

export interface MongoConnection {
  /** The one that the URL names. */
  readonly db: Db
  /** Another of the same server, created with its first document. */
  readonly database: (name: string) => Db
  readonly features: Features
  readonly logger: Logger
  close(): Promise<void>
}

export const DEFAULT_DATABASE = 'fleetloom'
const SELECT_SERVER_MS = 5_000
const HEARTBEAT_MS = 2_000

/** Rejects with the driver's error when the server is not there in time, or refuses the credentials. */
export async function connectMongo(options: MongoOptions): Promise<MongoConnection> {
  const { url, logger, connectWithinMs = 30_000, answerWithinMs = 10_000 } = options
  const client = new MongoClient(url, {
    appName: 'fleetloom',
    // Acknowledged means durable, on a majority of the replica set.
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: answerWithinMs },
    retryWrites: true,
    retryReads: true,
    maxPoolSize: options.maxConnections ?? 20,
    waitQueueTimeoutMS: answerWithinMs,
    connectTimeoutMS: SELECT_SERVER_MS,
    serverSelectionTimeoutMS: SELECT_SERVER_MS,
    socketTimeoutMS: answerWithinMs,
    heartbeatFrequencyMS: HEARTBEAT_MS,
  })
  try {
    await connectWithin(client, connectWithinMs)
    const db = client.db(databaseOf(url))
    const features = await detectFeatures(db)
    // One line for all that is missing, so that it is read.
    if (features.missing.length > 0) logger.warn({ missing: features.missing }, 'MongoDB server without')
    return { db, database: (name) => client.db(name), features, logger, close: () => client.close() }
  } catch (error) {
    await client.close()
    throw error
  }
}

async function connectWithin(client: MongoClient, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs
  for (;;) {
    try {
      await client.connect()
      return
    } catch (error) {
      if (!isServerAway(error) || performance.now() >= endMs) throw error
    }
  }
}

/** The database a URL names: its path, before any options. */
export function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]*)/.exec(url)?.[1] ?? ''
  return path === '' ? DEFAULT_DATABASE : decodeURIComponent(path)
}

/** A URL fit for logs and messages: without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/^(mongodb(?:\+srv)?:\/\/[^:@/]*):[^@]*@/, '$1:***@')
}

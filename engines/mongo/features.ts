/** What the server can do; found out by trying, since forks and stand-ins claim versions they do not match. */
import { randomUUID } from 'node:crypto'

import type { Db } from 'mongodb'

import { isServerAway } from './trouble.ts'

export interface Features {
  readonly version: string
  /** Or sharded: what is acknowledged is on a majority of servers. */
  readonly isReplicated: boolean
  readonly hasTimeSeries: boolean
  readonly hasGeoIndex: boolean
  /** What is done instead of what is missing, for the log. */
  readonly missing: readonly string[]
}

export async function detectFeatures(db: Db): Promise<Features> {
  const [hello, build] = await Promise.all([db.command({ hello: 1 }), db.command({ buildInfo: 1 })])
  const name = `probe.${randomUUID()}`
  const hasTimeSeries = await works(async () => {
    const options = { timeseries: { timeField: 'ts', metaField: 'meta' } }
    const series = await db.createCollection(`${name}.series`, options)
    await series.insertOne({ ts: new Date(0), meta: { port: 1 }, value: 1 })
    // Deleting by time came with MongoDB 7.
    await series.deleteMany({ 'meta.port': 1, ts: { $lt: new Date(1) }, value: 1 })
  })
  const hasGeoIndex = await works(() =>
    db.collection(`${name}.places`).createIndex({ org: 1, point: '2dsphere' }),
  )
  for (const part of ['series', 'places']) await db.collection(`${name}.${part}`).drop().catch(ignoreMissing)
  const isReplicated = typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid'
  return {
    version: String(build['version']),
    isReplicated,
    hasTimeSeries,
    hasGeoIndex,
    missing: [
      ...(isReplicated ? [] : ['replica set: what is acknowledged is on one disk only']),
      ...(hasTimeSeries ? [] : ['time series collections: readings take about ten times the space']),
      ...(hasGeoIndex ? [] : ['2dsphere indexes: places are searched by latitude']),
    ],
  }
}

async function works(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt()
    return true
  } catch (error) {
    if (isServerAway(error)) throw error
    return false
  }
}

function ignoreMissing(error: unknown): void {
  if (isServerAway(error)) throw error
}

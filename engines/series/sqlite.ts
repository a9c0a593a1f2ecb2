/**
 * The series store on SQLite, for one process.
 *
 * Readings go to a tail in memory, in order of arrival. A full or old tail is handed to a worker thread that sorts it
 * into runs, one for each UTC day, of packed chunks in `series.db`; runs of a day are merged in the background. Inserts
 * into a table keyed by series and time would be several times slower: random-order index maintenance is the enemy.
 * A crash loses the tail, which the platform brings again from its stream; hence `durable`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

import { lockDirectory } from './sqlite/lock.ts'
import type { Corruption, WriterSettings } from './sqlite/protocol.ts'
import { SeriesReader } from './sqlite/reader.ts'
import { Registry } from './sqlite/registry.ts'
import { SqliteSeries } from './sqlite/store.ts'
import { Tails } from './sqlite/tails.ts'
import { Writer } from './sqlite/writer.ts'

export type { Corruption } from './sqlite/protocol.ts'
export type { SqliteSeries } from './sqlite/store.ts'

export interface SqliteSeriesOptions {
  /** Belongs to this store alone; created if missing. */
  readonly directory: string
  /** Readings collected in memory before they are sorted; 41 bytes each, times `maxSealedTails` + 1. */
  readonly tailRows?: number
  /** How long readings stay in memory alone at most, as long as the disk keeps up. */
  readonly tailMaxAgeMs?: number
  /** So many tails may wait for the disk before `append` waits. */
  readonly maxSealedTails?: number
  /** Cap on the file, so that it never fills the disk: on a really full disk not even deleting works. */
  readonly maxBytes?: number
  /** How long `close` tries to write what is in memory. */
  readonly closeTimeoutMs?: number
  /** So many runs of a size are merged into one. */
  readonly fanIn?: number
  readonly maxRunReadings?: number
  /** Days without news for so long are merged down to few runs. */
  readonly quietMs?: number
  /** So many values are kept at once to find percentiles among them, 8 bytes each; more are gone through again. */
  readonly maxSummaryValues?: number
  readonly logger?: SeriesLogger
  /** A damaged chunk was found and is left out of answers. Called once for each. */
  readonly onCorruption?: (corruption: Corruption) => void
  readonly now?: () => number
  /** For fault injection. */
  readonly spawn?: (settings: WriterSettings) => Worker
}

export interface SeriesLogger {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

function spawnWriter(settings: WriterSettings): Worker {
  return new Worker(new URL('./sqlite/worker.ts', import.meta.url), {
    workerData: settings,
    execArgv: [],
    // It works on typed arrays; V8's default, 100 MB of short-lived objects, would only stay resident.
    resourceLimits: { maxYoungGenerationSizeMb: 24 },
  })
}

/** Rejects when the directory is in use by another process, or when the file is damaged beyond use. */
export async function openSqliteSeries(options: SqliteSeriesOptions): Promise<SqliteSeries> {
  const { directory, logger, spawn = spawnWriter } = options
  mkdirSync(directory, { recursive: true })
  const release = await lockDirectory(directory)
  let trouble: Error | undefined
  const reported = new Set<string>()
  const onCorruption = (corruption: Corruption): void => {
    const key = `${corruption.series}:${corruption.firstTs}:${corruption.lastTs}`
    if (reported.has(key)) return
    reported.add(key)
    logger?.error(corruption, 'A damaged chunk of readings was found and is left out')
    options.onCorruption?.(corruption)
  }
  const settings: WriterSettings = {
    path: join(directory, 'series.db'),
    maxBytes: options.maxBytes,
    fanIn: options.fanIn ?? 8,
    maxRunReadings: options.maxRunReadings ?? 16_000_000,
    quietMs: options.quietMs ?? 600_000,
  }
  let tails: Tails | undefined
  const writer = new Writer(() => spawn(settings), {
    written: (tail) => tails?.written(tail),
    corrupt: onCorruption,
    trouble: (error) => {
      if (error !== undefined && trouble === undefined)
        logger?.warn({ err: error }, 'Series cannot be written; trying again')
      trouble = error
    },
    warning: (message) => logger?.warn({}, message),
  })
  try {
    const lastTail = await writer.start()
    const reader = new SeriesReader(settings.path, onCorruption)
    const registry = new Registry()
    registry.startAt(reader.loadSeries((series) => registry.load(series)))
    const tailSettings = {
      tailRows: options.tailRows ?? 262_144,
      tailMaxAgeMs: options.tailMaxAgeMs ?? 30_000,
      maxSealedTails: options.maxSealedTails ?? 3,
      now: options.now ?? Date.now,
    }
    tails = new Tails(tailSettings, registry, lastTail, (job) => writer.writeTail(job))
    const closeTimeoutMs = options.closeTimeoutMs ?? 10_000
    return new SqliteSeries({
      registry,
      tails,
      reader,
      writer,
      trouble: () => trouble,
      release,
      closeTimeoutMs,
      maxSummaryValues: options.maxSummaryValues ?? 4_194_304,
    })
  } catch (error) {
    await writer.close()
    release()
    throw error
  }
}

import { Buffer } from 'node:buffer'
import { Worker } from 'node:worker_threads'
import { AgeHistogram } from '../age-histogram.ts'
import { readBatch } from './batch.ts'
import type { StoredReading } from './chunk.ts'
import { decodeMessage } from './decode.ts'
import type { RejectReason } from './decode.ts'
import type { Port, Registry } from './registry.ts'
import type { WriteRun } from './run-writer.ts'
import { RunReader } from './runs.ts'
import type { Run } from './runs.ts'
import { Tail } from './tail.ts'
import type { UplinkLog } from './uplink-log.ts'

export interface StoreOptions {
  readonly runsPath: string
  /** A tail is closed and sorted into a run once it has this many readings. */
  readonly tailRows: number
  /** How many closed tails may wait for the worker before nothing more is taken. */
  readonly waitingTails: number
}

/**
 * The readings by device and time: finished runs on disk, closed tails that the worker is at, and the tail that grows.
 * Everything not in a finished run is rebuilt from the log at start.
 */
export class ReadingStore {
  readonly ages = new AgeHistogram()
  storedReadings: number
  storedMessages = 0
  /** Called when room came back after {@link hasRoom} was false. */
  onRoom: () => void = () => {}
  readonly #registry: Registry
  readonly #log: UplinkLog
  readonly #options: StoreOptions
  readonly #runs: RunReader
  readonly #worker: Worker
  readonly #waiting: Tail[] = []
  readonly #spare: Tail[] = []
  #tail: Tail
  #nextRun: number
  readonly #latestTs: Float64Array
  readonly #latestRaw: Float64Array
  readonly #latestCalibrated: Float64Array
  // The batch being taken, here so that no closure is made for each.
  #nowMs = 0
  #receivedMs = 0
  #seq = 0
  #live = true

  constructor(registry: Registry, log: UplinkLog, options: StoreOptions) {
    this.#registry = registry
    this.#log = log
    this.#options = options
    this.#runs = new RunReader(options.runsPath)
    this.#nextRun = (this.#runs.last?.run ?? 0) + 1
    this.storedReadings = this.#runs.rows
    this.#latestTs = new Float64Array(registry.seriesCount).fill(Number.NEGATIVE_INFINITY)
    this.#latestRaw = new Float64Array(registry.seriesCount)
    this.#latestCalibrated = new Float64Array(registry.seriesCount)
    for (const { series, ts, raw, calibrated } of this.#runs.latest())
      this.#setLatest(series, ts, raw, calibrated)
    this.#tail = new Tail(options.tailRows, registry.seriesCount)
    this.#worker = new Worker(new URL('run-writer.ts', import.meta.url), {
      workerData: { path: options.runsPath },
    })
    this.#worker.on('message', (run: Run) => this.#finished(run))
    this.#worker.on('error', (error) => {
      throw error
    })
  }

  get hasRoom(): boolean {
    return this.#waiting.length <= this.#options.waitingTails
  }

  /** Takes in what the log has beyond the finished runs. */
  async rebuild(): Promise<void> {
    this.#live = false
    for (const { seq, receivedMs, batch } of this.#log.after(this.#runs.last?.lastSeq ?? 0)) {
      this.take(seq, receivedMs, Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength))
      while (!this.hasRoom) {
        const { promise, resolve } = Promise.withResolvers<void>()
        this.onRoom = resolve
        await promise
      }
    }
    this.#live = true
  }

  /** Decodes a batch of the log; after that its readings can be queried. Needs {@link hasRoom}. */
  take(seq: number, receivedMs: number, batch: Buffer): void {
    this.#seq = seq
    this.#receivedMs = receivedMs
    this.#nowMs = Date.now()
    this.storedMessages += readBatch(batch, this.#message)
    this.#tail.lastSeq = seq
    if (this.#tail.rows >= this.#options.tailRows) this.#closeTail()
  }

  /** Sorted by time; `fromMs` is included, `toMs` is not. */
  range(deviceId: string, port: number, fromMs: number, toMs: number): StoredReading[] {
    const series = this.#registry.byId(deviceId)?.ports.get(port)?.series
    if (series === undefined) return []
    const readings = [...this.#runs.range(series, fromMs, toMs)]
    for (const tail of [...this.#waiting, this.#tail]) readings.push(...tail.range(series, fromMs, toMs))
    return readings.sort((left, right) => left.ts - right.ts)
  }

  latest(deviceId: string, port: number): { ts: number; raw: number; calibrated: number } | undefined {
    const series = this.#registry.byId(deviceId)?.ports.get(port)?.series
    if (series === undefined) return undefined
    const ts = this.#latestTs[series] ?? Number.NEGATIVE_INFINITY
    if (ts === Number.NEGATIVE_INFINITY) return undefined
    return { ts, raw: this.#latestRaw[series] ?? 0, calibrated: this.#latestCalibrated[series] ?? 0 }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
    this.#runs.close()
  }

  readonly #message = (device: number, payload: string, index: number): void => {
    decodeMessage(this.#registry.byNumber(device), payload, index, this.#receivedMs, this)
  }

  reading({ series, scaling, offset }: Port, ts: number, raw: number): void {
    const newest = ts > (this.#latestTs[series] ?? 0)
    // Newer than all before it cannot be a repetition; only a late reading must be looked up.
    if (!newest && this.#isStored(series, ts)) return
    const calibrated = raw * scaling + offset
    this.#tail.append(series, ts, raw, calibrated, this.#receivedMs)
    if (newest) this.#setLatest(series, ts, raw, calibrated)
    this.storedReadings++
    if (this.#live) this.ages.record(this.#nowMs - ts)
  }

  reject(message: number, reading: number, reason: RejectReason): void {
    // The raw bytes stay in the log under the same position. Replayed after a crash it is the same dead letter.
    this.#log.db
      .prepare('INSERT OR IGNORE INTO dead_letter VALUES (?, ?, ?, ?)')
      .run(this.#seq, message, reading, reason)
  }

  #isStored(series: number, ts: number): boolean {
    if (this.#tail.has(series, ts) || this.#waiting.some((tail) => tail.has(series, ts))) return true
    return !(this.#runs.range(series, ts, ts + 1).next().done ?? false)
  }

  #setLatest(series: number, ts: number, raw: number, calibrated: number): void {
    this.#latestTs[series] = ts
    this.#latestRaw[series] = raw
    this.#latestCalibrated[series] = calibrated
  }

  #closeTail(): void {
    const tail = this.#tail
    const { memory, rows, lastSeq } = tail
    const { seriesCount } = this.#registry
    this.#waiting.push(tail)
    const request: WriteRun = { run: this.#nextRun++, memory, rows, seriesCount, lastSeq }
    this.#worker.postMessage(request, [])
    this.#tail = this.#spare.pop() ?? new Tail(this.#options.tailRows, seriesCount)
  }

  #finished(run: Run): void {
    const full = !this.hasRoom
    this.#runs.add(run)
    const tail = this.#waiting.shift()
    if (tail !== undefined) {
      tail.clear()
      this.#spare.push(tail)
    }
    if (full && this.hasRoom) this.onRoom()
  }
}

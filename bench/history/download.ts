/** A worker that takes a whole download as fast as it comes, so that who measures the waits of others is not busy. */
import { parentPort, workerData } from 'node:worker_threads'

export interface Download {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Downloaded {
  readonly status: number
  readonly bytes: number
  readonly lines: number
  readonly seconds: number
}

// Only `exportAll` starts this file, with exactly these settings.
const { url, headers }: Download = workerData
const startedMs = performance.now()
const response = await fetch(url, { headers })
let bytes = 0
let lines = 0
for await (const chunk of response.body ?? []) {
  bytes += chunk.length
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
}
const seconds = (performance.now() - startedMs) / 1000
parentPort?.postMessage({ status: response.status, bytes, lines, seconds } satisfies Downloaded, [])

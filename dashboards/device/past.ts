import type { BucketView, Page } from '../shared/api-types.ts'
import type { Api } from '../shared/api.ts'
import type { Ports } from './ports.ts'
import { live, type Range } from './ranges.ts'

export interface PastParts {
  /** Of the device, in the API. */
  readonly path: string
  readonly api: Pick<Api, 'get'>
  readonly ports: Pick<Ports, 'inSight' | 'past' | 'range' | 'historyState'>
  /** How long what was loaded is good for. */
  readonly everyMs: number
  readonly signal: AbortSignal
}

export interface PastLoader {
  range(range: Range): void
  /** Loads what is in sight and not there yet, or old; one port after the other. */
  want(nowMs: number): void
}

/** Fetches the buckets of the ports that are looked at, for ranges that are not live. */
export function createPast({ path, api, ports, everyMs, signal }: PastParts): PastLoader {
  let range = live
  let loadedMs = new Map<number, number>()
  let isLoading = false

  async function load(port: number, chosen: Range, nowMs: number): Promise<void> {
    const { bucket, spanMs } = chosen
    if (bucket === undefined) return
    const from = new Date(nowMs - spanMs).toISOString()
    const query = { port: String(port), bucket, from, limit: '1000' }
    const answer = await api.get<Page<BucketView>>(`${path}/readings`, query)
    if (signal.aborted || chosen !== range) return
    loadedMs.set(port, nowMs)
    if (answer.kind === 'failed') ports.historyState('Could not be loaded, trying again…')
    else {
      ports.historyState(`No readings in the last ${chosen.name}`)
      ports.past(port, chosen, answer.body.items)
    }
  }

  async function loadAll(wanted: readonly number[], nowMs: number): Promise<void> {
    isLoading = true
    const chosen = range
    for (const port of wanted) if (chosen === range && !signal.aborted) await load(port, chosen, nowMs)
    isLoading = false
  }

  return {
    range(chosen) {
      range = chosen
      loadedMs = new Map()
      ports.range(chosen)
    },
    want(nowMs) {
      if (isLoading) return
      const wanted = ports.inSight().filter((port) => nowMs - (loadedMs.get(port) ?? -Infinity) >= everyMs)
      if (wanted.length > 0) void loadAll(wanted, nowMs)
    },
  }
}

import type { Bus } from './bus/port.ts'
import { presentable } from './kit/presentable.ts'
import type { SeriesStore } from './series/port.ts'
import type { Store } from './store/port.ts'
import type { Stream } from './stream/port.ts'

export interface Watched {
  readonly store: Pick<Store, 'probe'>
  readonly stream: Pick<Stream, 'trouble'>
  readonly series: Pick<SeriesStore, 'trouble'>
  readonly bus: Pick<Bus, 'trouble'>
  /** What keeps the flows from running. */
  readonly flows: () => string | undefined
  readonly broker: () => Error | undefined
  readonly isAccepting: () => boolean
  readonly monotonicMs: () => number
}

const probeTimeoutMs = 2000
/**
 * A probe writes, and anybody may ask for readiness without signing in: so all who ask within this time get the outcome
 * of one.
 */
const probeKeptMs = 1000

/** What keeps the platform from being ready, in words for an operator; empty when nothing does. */
export function watchTroubles({
  store,
  stream,
  series,
  bus,
  flows,
  broker,
  isAccepting,
  monotonicMs,
}: Watched): () => Promise<readonly string[]> {
  let probed: { readonly outcome: Promise<string | undefined>; readonly untilMs: number } | undefined

  const probeStore = (): Promise<string | undefined> =>
    Promise.race([
      store.probe().then(
        () => undefined,
        (error: unknown) => `store: ${presentable(error)}`,
      ),
      new Promise<string>((resolve) => setTimeout(resolve, probeTimeoutMs, 'store: does not answer').unref()),
    ])

  return async () => {
    const found: string[] = []
    if (!isAccepting()) found.push('starting or stopping')
    const stopped = flows()
    if (stopped !== undefined) found.push(`flows: ${stopped}`)
    const unheard = broker()
    if (unheard !== undefined) found.push(`broker: ${presentable(unheard)}`)
    if (stream.trouble !== undefined) found.push(`stream: ${presentable(stream.trouble)}`)
    if (series.trouble !== undefined) found.push(`series: ${presentable(series.trouble)}`)
    if (bus.trouble !== undefined) found.push(`bus: ${presentable(bus.trouble)}`)
    if (probed === undefined || monotonicMs() >= probed.untilMs)
      probed = { outcome: probeStore(), untilMs: monotonicMs() + probeKeptMs }
    const probe = await probed.outcome
    if (probe !== undefined) found.push(probe)
    return found
  }
}

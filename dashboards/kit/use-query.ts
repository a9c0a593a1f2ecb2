import { type ComputedRef, onScopeDispose, type ShallowRef, shallowRef, watch, type WatchSource } from 'vue'
import { CallFailed, type RequestOf, type ResultOf, type Route } from '../../client/index.ts'
import type { SomeOperation } from '../../client/route.ts'
import { type Connection, platform } from './platform.ts'

export interface Query<T> {
  /** What was answered last; stays while a later try fails. */
  readonly value: ShallowRef<T | undefined>
  /** Why the last try failed. */
  readonly failure: ShallowRef<CallFailed | undefined>
  /** Asks at once, or right after the question that is under way. */
  readonly reload: () => void
}

export interface QueryOptions {
  /** How long after an answer it is asked for again; not while nobody looks. */
  readonly everyMs?: number
  /** What the question depends on: when it changes, what was answered is forgotten. */
  readonly about?: WatchSource<unknown>
}

const retryMs = 3000
/** Questions that have an answer, and got none the last time: the page says so once for all of them. */
const failing = shallowRef(0)
export { failing }

/**
 * Asks the platform, again and again if wanted, and anew for another organization and when live events were missed.
 * @param ask undefined when there is nothing to ask
 */
export function useQuery<T>(
  ask: (connection: Connection, signal: AbortSignal) => Promise<T> | undefined,
  { everyMs, about = () => undefined }: QueryOptions = {},
): Query<T> {
  const value = shallowRef<T>()
  const failure = shallowRef<CallFailed>()
  let current = new AbortController()
  let timer: number | undefined
  let isRunning = false
  let isWanted = false
  let isCounted = false

  function count(isFailing: boolean): void {
    if (isFailing === isCounted) return
    isCounted = isFailing
    failing.value += isFailing ? 1 : -1
  }

  async function run(): Promise<void> {
    clearTimeout(timer)
    const { connection } = platform
    const { signal } = current
    if (connection === undefined || document.hidden || signal.aborted) return
    if (isRunning) {
      isWanted = true
      return
    }
    isRunning = true
    isWanted = false
    let again = everyMs
    try {
      const answer = await ask(connection, signal)
      if (!signal.aborted) {
        value.value = answer
        failure.value = undefined
        count(false)
      }
    } catch (error) {
      if (!signal.aborted) {
        failure.value = error instanceof CallFailed ? error : new CallFailed('broken', { cause: error })
        const { reason } = failure.value
        const mayPass = reason === 'unreachable' || reason === 'broken' || reason === 'busy'
        // What was shown is not for whoever may not see it any more.
        if (reason === 'signed-out' || reason === 'forbidden' || reason === 'missing') value.value = undefined
        count(value.value !== undefined)
        // The page says it once, and nothing is asked any more.
        if (reason === 'signed-out') platform.failure = failure.value
        again = mayPass
          ? Math.min(everyMs ?? retryMs, retryMs)
          : reason === 'signed-out'
            ? undefined
            : everyMs
      }
    }
    isRunning = false
    if (signal !== current.signal || isWanted) void run()
    else if (again !== undefined && !signal.aborted) timer = window.setTimeout(() => void run(), again)
  }

  watch(
    [() => platform.connection, about],
    () => {
      current.abort()
      current = new AbortController()
      value.value = undefined
      failure.value = undefined
      count(false)
      void run()
    },
    { immediate: true },
  )
  watch(
    () => platform.resumed,
    () => void run(),
  )
  const wake = (): void => void (document.hidden || run())
  document.addEventListener('visibilitychange', wake)
  onScopeDispose(() => {
    current.abort()
    clearTimeout(timer)
    count(false)
    document.removeEventListener('visibilitychange', wake)
  })
  return { value, failure, reload: () => void run() }
}

/** The same about one device; nothing is asked while none is chosen. */
export function useDeviceQuery<O extends SomeOperation>(
  route: Route<O>,
  deviceId: ComputedRef<string>,
  options: Pick<QueryOptions, 'everyMs'> = {},
): Query<ResultOf<O>> {
  return useQuery(
    ({ client }, signal) => {
      if (deviceId.value === '') return undefined
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is asked about one device is asked by its id
      const request = { params: { id: deviceId.value } } as RequestOf<O>
      return client.call(route, request, { signal })
    },
    { ...options, about: deviceId },
  )
}

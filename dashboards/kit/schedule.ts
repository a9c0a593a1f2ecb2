/** Runs the task in the next frame, once, however often it is asked for until then. */
export function perFrame(task: () => void, signal: AbortSignal): () => void {
  let frame: number | undefined
  signal.addEventListener('abort', () => frame !== undefined && cancelAnimationFrame(frame))
  return () => {
    if (signal.aborted) return
    frame ??= requestAnimationFrame(() => {
      frame = undefined
      task()
    })
  }
}

/**
 * Runs the task now and then again and again, `intervalMs` after its end; not while nobody looks. The result runs it
 * at once, or right after the run that is under way.
 */
export function repeat(task: () => Promise<void>, intervalMs: number, signal: AbortSignal): () => void {
  let timer: number | undefined
  let isRunning = false
  let isWanted = false
  const run = (): void => {
    window.clearTimeout(timer)
    if (signal.aborted || document.hidden) return
    isWanted = isRunning
    if (isRunning) return
    isRunning = true
    void task().finally(() => {
      isRunning = false
      if (isWanted) run()
      else if (!signal.aborted) timer = window.setTimeout(run, intervalMs)
    })
  }
  document.addEventListener('visibilitychange', run, { signal })
  signal.addEventListener('abort', () => window.clearTimeout(timer))
  run()
  return run
}

/** Runs the task with each of the items, at most `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const worker = async (): Promise<void> => {
    for (const item of rest) await task(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}

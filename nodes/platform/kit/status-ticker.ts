export const statusIntervalMs = 1000

const showing = new Set<() => void>()
let timer: NodeJS.Timeout | undefined

/** Calls `show` each second, for all nodes in one go: a timer for each of some hundred wakes the process for each. */
export function showEachSecond(show: () => void): () => void {
  showing.add(show)
  timer ??= setInterval(() => {
    for (const each of showing) each()
  }, statusIntervalMs).unref()
  return () => {
    showing.delete(show)
    if (showing.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

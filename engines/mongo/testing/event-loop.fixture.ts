/** The longest time that the event loop did not turn, until the function it returns is called. */
export function watchEventLoop(): () => number {
  let longestMs = 0
  let lastMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
  }, 5)
  return () => {
    clearInterval(timer)
    return longestMs
  }
}

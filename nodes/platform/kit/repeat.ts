import type { Clock } from '../clock.ts'

/** Runs the task every so many milliseconds; the result ends it. */
export function repeat(clock: Pick<Clock, 'after'>, everyMs: number, task: () => void): () => void {
  const again = (): void => {
    callOff = clock.after(everyMs, again)
    task()
  }
  let callOff = clock.after(everyMs, again)
  return () => callOff()
}

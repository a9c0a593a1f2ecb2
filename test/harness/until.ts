import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks again and again until there is an answer.
 * @throws after `seconds`, saying what was waited for
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { seconds = 20, everyMs = 50 }: { readonly seconds?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`)
    await delay(everyMs)
  }
}

/** The same for a condition. */
export async function untilTrue(
  what: string,
  holds: () => Promise<boolean> | boolean,
  options?: { readonly seconds?: number; readonly everyMs?: number },
): Promise<void> {
  await until(what, async () => ((await holds()) ? true : undefined), options)
}

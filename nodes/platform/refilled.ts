/** What a bucket of tokens holds when so much time has passed: what it had and what came since, and no more than fits. */
export function refilled(
  tokens: number,
  passedMs: number,
  { burst, perSecond }: { readonly burst: number; readonly perSecond: number },
): number {
  const grown = tokens + (passedMs / 1000) * perSecond
  // One that fills at once is full, though no time has passed.
  return grown < burst ? grown : burst
}

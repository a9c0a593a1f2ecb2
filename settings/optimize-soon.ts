import { setFlagsFromString } from 'node:v8'

/**
 * At an everyday pace what a batch goes through is called some fifty times a second, and by V8's own figures (400, 3000 and
 * 500) it takes minutes until all of it is compiled well; docs/operations.md has what that costs.
 */
const calls = {
  'invocation-count-for-maglev': 100,
  'invocation-count-for-turbofan': 600,
  'minimum-invocations-after-ic-update': 100,
}

/** To be called once all has started: what a start does once or a few times is not worth compiling, which would delay it. */
export function optimizeSoon(): void {
  for (const [flag, count] of Object.entries(calls)) setFlagsFromString(`--${flag}=${count}`)
}

import { setFlagsFromString } from 'node:v8'

/**
 * At an everyday pace what a batch goes through is called some fifty times a second, and by V8's own figures (400, 3000 and
 * 500) it takes minutes until all of it is compiled well; docs/operations.md has what that costs.
 */
const calls = {
  'invocation-count-for-maglev': 30,
  'invocation-count-for-turbofan': 200,
  'minimum-invocations-after-ic-update': 30,
}

/** To be called once all has started: what a start does once or a few times is not worth compiling, which would delay it. */
export function optimizeSoon(): void {
  for (const [flag, count] of Object.entries(calls)) setFlagsFromString(`--${flag}=${count}`)
  // What is called for the first time from here on is never interpreted: the first compiler takes hardly longer.
  setFlagsFromString('--always-sparkplug')
}

/** What a receiver does instead of taking a message: answers with a status, cuts the connection, or never answers. */
export type Fault = number | 'reset' | 'timeout'

export interface ReceiverFaults {
  /** How late every answer comes, milliseconds. */
  readonly slowMs: number
  /** Asked once for each message; undefined takes it. */
  readonly next: () => Fault | undefined
}

export const noFaults: ReceiverFaults = { slowMs: 0, next: () => undefined }

const unavailable = 503
const gone = 410

/** `error=0.2`, `gone=0.1`, `reset=0.1`, `timeout=0.1`, `slow=500`; or what is wrong with them. */
export function parseReceiverFaults(
  texts: readonly string[],
  random: () => number = Math.random,
): ReceiverFaults | { readonly mistake: string } {
  const mistake = texts.find(
    (text) => !/^(?:slow=\d{1,7}|(?:error|gone|reset|timeout)=(?:0(?:\.\d+)?|1))$/.test(text),
  )
  if (mistake !== undefined)
    return {
      mistake: `--fault ${mistake}: give error=RATE, gone=RATE, reset=RATE, timeout=RATE or slow=MS`,
    }
  const given = new Map(
    texts.map((text) => {
      const [name = '', value] = text.split('=')
      return [name, Number(value)] as const
    }),
  )
  const shares: readonly (readonly [Fault, number])[] = [
    [unavailable, given.get('error') ?? 0],
    [gone, given.get('gone') ?? 0],
    ['reset', given.get('reset') ?? 0],
    ['timeout', given.get('timeout') ?? 0],
  ]
  return {
    slowMs: given.get('slow') ?? 0,
    next() {
      let left = random()
      for (const [fault, share] of shares) {
        if (left < share) return fault
        left -= share
      }
      return undefined
    },
  }
}

/** What the provider of payments does wrong. */
export interface PaymentFaults {
  /** Webhooks come twice. */
  readonly isDoubled: boolean
  /** None comes. */
  readonly isSilent: boolean
  /** How late they come, milliseconds. */
  readonly delayMs: number
  /** Of its answers to us, 0 to 1: so many are 500. */
  readonly failures: number
  /** A minor unit less is taken than was asked for. */
  readonly isShort: boolean
}

export const noFaults: PaymentFaults = {
  isDoubled: false,
  isSilent: false,
  delayMs: 0,
  failures: 0,
  isShort: false,
}

/** `duplicate`, `silence`, `short`, `delay=500`, `failure=0.2`; or what is wrong with them. */
export function parsePaymentFaults(texts: readonly string[]): PaymentFaults | { readonly mistake: string } {
  const given = new Map(
    texts.map((text) => {
      const [name = '', value] = text.split('=')
      return [name, value] as const
    }),
  )
  const mistake = texts.find(
    (text) => !/^(?:duplicate|silence|short|delay=\d{1,7}|failure=(?:0(?:\.\d+)?|1))$/.test(text),
  )
  if (mistake !== undefined)
    return { mistake: `--fault ${mistake}: give duplicate, silence, short, delay=MS or failure=RATE` }
  return {
    isDoubled: given.has('duplicate'),
    isSilent: given.has('silence'),
    delayMs: Number(given.get('delay') ?? 0),
    failures: Number(given.get('failure') ?? 0),
    isShort: given.has('short'),
  }
}

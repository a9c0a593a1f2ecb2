/**
 * The payments port: money for something, through a provider at whose page it is paid.
 *
 * What is asked for twice under one id is one checkout, one refund. The provider tells of changes by webhooks, which may come
 * twice, late, in any order, or never: whoever cares asks for the status now and then. Trouble of the provider rejects with
 * ProviderUnavailable.
 */
import { Unavailable } from '../kit/unavailable.ts'

export const providerKeys = ['sandbox', 'stripe', 'pagbank'] as const
export type ProviderKey = (typeof providerKeys)[number]

export interface Money {
  /** Whole, in minor units of the currency: cents. */
  readonly amountMinor: number
  /** ISO 4217, upper case. */
  readonly currency: string
}

export type ChargeStatus = 'pending' | 'paid' | 'failed' | 'expired' | 'refunded'

export interface NewCheckout {
  /** Ours, which comes back with everything that the provider tells. */
  readonly reference: string
  readonly price: Money
  readonly description: string
  /** Where the browser goes afterwards. */
  readonly returnUrl: string
}

export interface Checkout {
  /** The provider's id. */
  readonly id: string
  /** Where it is paid. */
  readonly redirectUrl: string
}

export interface Charge {
  /** The provider's: what `charge` and `refund` take. */
  readonly id: string
  readonly reference: string
  readonly status: ChargeStatus
  /** What the provider took or would take, which need not be what was asked for. */
  readonly price: Money
}

/** What a webhook says, once it is known to be the provider's. */
export type WebhookReading =
  | { readonly kind: 'charge'; readonly charge: Charge }
  /** Of something that we do not deal with. */
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly why: string }

export interface Webhook {
  readonly headers: Readonly<Record<string, string>>
  /** As it came: the signature is of these bytes. */
  readonly body: Uint8Array
}

export interface PaymentProvider {
  readonly key: ProviderKey
  /** One for each reference. @throws ProviderUnavailable */
  openCheckout(checkout: NewCheckout): Promise<Checkout>
  /** @throws ProviderUnavailable */
  charge(id: string): Promise<Charge | undefined>
  /** All of it, once. @throws ProviderUnavailable */
  refund(id: string): Promise<void>
  /**
   * All that were begun from then until then, epoch milliseconds; undefined where the provider keeps no such list, and each
   * has to be asked for. @throws ProviderUnavailable
   */
  chargesBetween(fromMs: number, toMs: number): Promise<readonly Charge[] | undefined>
  /** Total: whatever comes from whoever. */
  readWebhook(webhook: Webhook, nowMs: number): WebhookReading
}

export class ProviderUnavailable extends Unavailable {
  override readonly name = 'ProviderUnavailable'
}

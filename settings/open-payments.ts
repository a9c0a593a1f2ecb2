import { openPagbank } from '../engines/payments/pagbank.ts'
import { openSandbox } from '../engines/payments/sandbox.ts'
import { openStripe } from '../engines/payments/stripe.ts'
import type { PaymentProvider, ProviderKey } from '../nodes/platform/payments/port.ts'
import type { Settings } from './env.ts'

export type PaymentSettings = Pick<
  Settings,
  | 'PAGBANK_TOKEN'
  | 'PAGBANK_URL'
  | 'PAYMENTS_SANDBOX_SECRET'
  | 'PAYMENTS_SANDBOX_URL'
  | 'STRIPE_SECRET_KEY'
  | 'STRIPE_URL'
  | 'STRIPE_WEBHOOK_SECRET'
>

/** The providers that there are accounts with. @param publicUrl where they find us */
export function openPayments(
  settings: PaymentSettings,
  publicUrl: string,
): ReadonlyMap<ProviderKey, PaymentProvider> {
  const webhookUrl = (key: ProviderKey): string => new URL(`/api/v1/payments/webhooks/${key}`, publicUrl).href
  const { PAYMENTS_SANDBOX_SECRET: secret, PAYMENTS_SANDBOX_URL: url } = settings
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_URL, STRIPE_WEBHOOK_SECRET: webhookSecret } = settings
  const { PAGBANK_TOKEN: token, PAGBANK_URL } = settings
  const providers: PaymentProvider[] = []
  if (url !== undefined && secret !== undefined)
    providers.push(openSandbox({ url, secret, webhookUrl: webhookUrl('sandbox') }))
  if (secretKey !== undefined && webhookSecret !== undefined)
    providers.push(openStripe({ url: STRIPE_URL, secretKey, webhookSecret }))
  if (token !== undefined)
    providers.push(openPagbank({ url: PAGBANK_URL, token, webhookUrl: webhookUrl('pagbank') }))
  return new Map(providers.map((provider) => [provider.key, provider]))
}

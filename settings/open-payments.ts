import { openPagbank } from '../engines/payments/pagbank.ts'
import { openSandbox } from '../engines/payments/sandbox.ts'
import { openStripe } from '../engines/payments/stripe.ts'
import type { PaymentProvider, ProviderKey } from '../nodes/platform/payments/port.ts'
import type { Settings } from './env.ts'
import type { FollowedSecrets } from './follow-secrets.ts'

const paymentSecrets = [
  'PAGBANK_TOKEN',
  'PAYMENTS_SANDBOX_SECRET',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
] as const

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

/** The same, made anew when their secrets are others. */
export function followPayments(
  settings: PaymentSettings,
  secrets: Pick<FollowedSecrets, 'onRenewed'>,
  publicUrl: string,
): ReadonlyMap<ProviderKey, PaymentProvider> {
  const providers = new Map(openPayments(settings, publicUrl))
  let latest = settings
  secrets.onRenewed(paymentSecrets, (renewed) => {
    latest = { ...latest, ...renewed }
    for (const [key, provider] of openPayments(latest, publicUrl)) providers.set(key, provider)
  })
  return providers
}

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

import { openSandbox } from '../engines/payments/sandbox.ts'
import type { PaymentProvider, ProviderKey } from '../nodes/platform/payments/port.ts'
import type { Settings } from './env.ts'

/** The providers that there are accounts with. @param publicUrl where they find us */
export function openPayments(
  settings: Pick<Settings, 'PAYMENTS_SANDBOX_SECRET' | 'PAYMENTS_SANDBOX_URL'>,
  publicUrl: string,
): ReadonlyMap<ProviderKey, PaymentProvider> {
  const webhookUrl = (key: ProviderKey): string => new URL(`/api/v1/payments/webhooks/${key}`, publicUrl).href
  const { PAYMENTS_SANDBOX_SECRET: secret, PAYMENTS_SANDBOX_URL: url } = settings
  const providers: PaymentProvider[] = []
  if (url !== undefined && secret !== undefined)
    providers.push(openSandbox({ url, secret, webhookUrl: webhookUrl('sandbox') }))
  return new Map(providers.map((provider) => [provider.key, provider]))
}

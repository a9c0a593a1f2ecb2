import { randomBytes } from 'node:crypto'

/** As the process is told them. */
export interface PaymentsSettings {
  readonly DEMO: boolean
  readonly PAGBANK_TOKEN?: string | undefined
  readonly PAYMENTS_SANDBOX_URL?: string | undefined
  readonly PUBLIC_URL?: string | undefined
  readonly ROLES: readonly string[]
  readonly STRIPE_SECRET_KEY?: string | undefined
}

export interface DemoPayments extends AsyncDisposable {
  /** Where the sandbox is, and the secret that is shared with it. */
  readonly settings: { readonly PAYMENTS_SANDBOX_URL: string; readonly PAYMENTS_SANDBOX_SECRET: string }
}

/**
 * A provider of payments of no real money in this process, so that credits can be bought out of the box. Not where others can
 * reach the platform, nor beside an account of real money: whoever finds its page may pay with nothing.
 */
export async function startDemoPayments(settings: PaymentsSettings): Promise<DemoPayments | undefined> {
  const { DEMO, PAGBANK_TOKEN, PAYMENTS_SANDBOX_URL, PUBLIC_URL, ROLES, STRIPE_SECRET_KEY } = settings
  const isTrial = DEMO && PUBLIC_URL === undefined && ROLES.includes('serve')
  if (!isTrial || (PAYMENTS_SANDBOX_URL ?? STRIPE_SECRET_KEY ?? PAGBANK_TOKEN) !== undefined) return undefined
  const { startPayments } = await import('../sim/payments/server.ts')
  const secret = randomBytes(24).toString('base64url')
  const server = await startPayments({ port: 0, secret })
  return {
    settings: { PAYMENTS_SANDBOX_URL: server.url, PAYMENTS_SANDBOX_SECRET: secret },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

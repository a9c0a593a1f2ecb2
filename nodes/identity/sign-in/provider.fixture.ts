import { createServer, type Server } from 'node:http'
import { Provider } from 'oidc-provider'

export interface ProviderAccount {
  readonly sub: string
  readonly email: string
  readonly email_verified: boolean
}

export interface ProviderUnderTest extends AsyncDisposable {
  readonly issuer: string
  /** Who is signed in there; whoever comes is them, without being asked. */
  account: ProviderAccount
  readonly clientId: string
  readonly clientSecret: string
}

/** A real OpenID Connect provider, on a port of its own. */
export async function openProvider(redirectUri: string): Promise<ProviderUnderTest> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The provider has no port')
  const under: ProviderUnderTest = {
    issuer: `http://127.0.0.1:${address.port}`,
    account: { sub: 'zoe-at-provider', email: 'zoe@acme.example', email_verified: true },
    clientId: 'fleetloom',
    clientSecret: 'of the client, known to both of them',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
  const provider = new Provider(under.issuer, {
    clients: [
      {
        client_id: under.clientId,
        client_secret: under.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['of the provider’s cookies'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...under.account, sub }) }),
    async loadExistingGrant(context) {
      const grant = new provider.Grant({
        accountId: context.oidc.session?.accountId ?? '',
        clientId: context.oidc.client?.clientId ?? '',
      })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  const handle = provider.callback()
  server.on('request', (request, response) => {
    const isAsked = request.url?.startsWith('/interaction/') === true
    const result = { login: { accountId: under.account.sub } }
    void (isAsked ? provider.interactionFinished(request, response, result) : handle(request, response))
  })
  return under
}

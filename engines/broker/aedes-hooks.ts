import { authenticate, noteConnect } from './aedes-connect.ts'
import type { AedesClient, AedesHooks } from './aedes-internals.ts'
import { authorizePublish, authorizeWill } from './aedes-publish.ts'
import { authorizeForward, authorizeSubscribe } from './aedes-subscribe.ts'
import type { HookContext } from './hook-context.ts'

/** aedes' hooks. None may throw: aedes calls them from event handlers, where an exception ends the process. */
export function createHooks(context: () => HookContext): AedesHooks {
  const thrown = (client: AedesClient | null, what: string, error: unknown): void => {
    context().onThrown(what, error)
    // Whether the callback was called is unknown, so it isn't called again; the connection ends instead.
    client?.conn.destroy()
  }
  return {
    preConnect(client, packet, done) {
      try {
        noteConnect(client, packet)
        done(null, true)
      } catch (error) {
        thrown(client, 'preConnect', error)
      }
    },
    authenticate(client, username, password, done) {
      authenticate(context(), client, { username, password }, done).catch((error: unknown) =>
        thrown(client, 'authenticate', error),
      )
    },
    authorizePublish(client, packet, done) {
      try {
        if (!client) done(new Error('a publish without a connection'))
        else if (client.closed) authorizeWill(context(), client, packet, done)
        else authorizePublish(context(), client, packet, done)
      } catch (error) {
        thrown(client, 'authorizePublish', error)
      }
    },
    authorizeSubscribe(client, subscription, done) {
      try {
        done(null, authorizeSubscribe(context(), client, subscription) ? subscription : null)
      } catch (error) {
        thrown(client, 'authorizeSubscribe', error)
      }
    },
    authorizeForward(client, packet) {
      try {
        return authorizeForward(context(), client, packet)
      } catch (error) {
        thrown(client, 'authorizeForward', error)
        return null
      }
    },
  }
}

import { MemoryHub } from '../../engines/bus/memory.ts'
import { type Answer, type Call, callOperation } from '../http/call-operation.fixture.ts'
import type { AnyOperation } from '../platform/kit/endpoints/operation.ts'
import { openOutbox } from '../platform/kit/events/outbox.ts'
import { EventRelay } from '../platform/kit/events/relay.ts'
import { openJobs } from '../platform/kit/jobs/jobs.ts'
import type { Principal } from '../platform/kit/endpoints/principal.ts'
import { silentLogger } from '../platform/logger.ts'
import { nodeSecrets } from '../platform/secrets.ts'
import type { NewEntry } from '../platform/stream/port.ts'
import { domain, type Identity } from './domain.ts'
import { aUser } from './principals.fixture.ts'
import { cheapPasswords, createWorld, password, request, type World } from './sign-in/auth.fixture.ts'
import type { User } from './user.ts'

export interface IdentityUnderTest extends AsyncDisposable {
  readonly world: World
  readonly identity: Identity
  /** What was relayed. */
  readonly relayed: NewEntry[]
  /** By an organization's admin unless a principal is given. */
  call(operation: AnyOperation, parts?: Call): Promise<Answer>
  /** What was asked for in passing has been looked after, and its events are relayed. */
  settle(): Promise<void>
  /** A user of acme with a password. */
  add(id: string, changes?: Partial<User>): Promise<User>
  /** Signs in; whoever it is, by their access token. */
  signIn(id: string, typed?: string): Promise<string>
  /** Undefined when the token is not, or not any more, good for anything. */
  whoIs(token: string): Promise<Principal | undefined>
}

/** The domain on a store, with sign-ins as in a process of the platform. */
export async function openIdentity(): Promise<IdentityUnderTest> {
  const world = await createWorld()
  const { auth, clock, store } = world
  const relayed: NewEntry[] = []
  const stream = { append: async (_: string, entries: readonly NewEntry[]) => void relayed.push(...entries) }
  const relay = new EventRelay({ store, stream, clock, log: silentLogger, random: () => 1 })
  const bus = new MemoryHub().open('identity')
  const jobs = openJobs({ store, clock, log: silentLogger, random: () => 1, bus })
  const outbox = openOutbox({ store, clock, jobs })
  const common = { clock, outbox, relay, store, log: silentLogger, secrets: nodeSecrets }
  const { service } = await domain.start({ ...common, signIn: auth })
  return {
    world,
    identity: service,
    relayed,
    call: (operation, parts = {}) =>
      callOperation(operation, { ...common, identity: service }, { principal: aUser('org-admin'), ...parts }),
    async settle() {
      await service.passwords.settle()
      await relay.whenIdle()
    },
    async add(id, changes = {}) {
      const passwordHash = await cheapPasswords.hash(password)
      return world.addUser({
        id,
        email: `${id}@acme.example`,
        name: id,
        role: 'operator',
        orgId: 'acme',
        passwordHash,
        ...changes,
      })
    },
    async signIn(id, typed = password) {
      const outcome = await auth.authenticator.login(`${id}@acme.example`, typed, '203.0.113.7')
      if (outcome.kind !== 'welcome') throw new Error(`${id}: ${outcome.kind}`)
      return outcome.tokens.accessToken
    },
    async whoIs(token) {
      const found = await auth.authenticator.authenticate(request({ authorization: `Bearer ${token}` }))
      return found.kind === 'authenticated' ? found.principal : undefined
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

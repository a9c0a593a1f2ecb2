import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestCredentials } from '../authenticator.ts'
import { type User, userCollection } from '../user.ts'
import { soleBus } from '../../../engines/bus/memory.ts'
import type { Clock, Reckoning } from '../../platform/clock.ts'
import { silentLogger } from '../../platform/logger.ts'
import type { Store } from '../../platform/store/port.ts'
import { openSqliteStore } from '../../../engines/store/sqlite.ts'
import { type Auth, type AuthOptions, createAuth } from './create-auth.ts'
import { createPasswordHasher } from './password-hasher.ts'

export const jwtSecret = 'kT3v9Zr1XqLw8sBn5mYcJ0hUe7aGd2fP'
export const startMs = Date.UTC(2026, 2, 1, 12)
/** The same function as in production at a thousandth of its price. */
export const cheapPasswords = createPasswordHasher({ logN: 6, r: 8, p: 1 })
export const password = 'correct horse battery'
export const address = '203.0.113.7'

/** A clock that moves when told. */
export class FakeClock implements Clock {
  #ms = 0
  nowMs = (): number => startMs + this.#ms
  monotonicMs = (): number => this.#ms
  after = (): (() => void) => () => undefined
  reckoning = (): Reckoning => ({ machine: 'virtual', aheadMs: startMs })
  advance(ms: number): void {
    this.#ms += ms
  }
}

export interface World extends AsyncDisposable {
  readonly clock: FakeClock
  /** Of the last start. */
  readonly store: Store
  readonly auth: Auth
  addUser(changes?: Partial<User>): Promise<User>
  change(userId: string, changes: Partial<User>): Promise<void>
  /** Closes the store and starts anew on what it left. */
  restart(): Promise<void>
}

export async function createWorld(changes: Partial<AuthOptions> = {}): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'fleetloom-auth-'))
  const clock = new FakeClock()
  const start = async (): Promise<{ store: Store; auth: Auth }> => {
    const store = await openSqliteStore({ directory })
    const verifyDevice = (id: string, text: string): { orgId: string } | undefined =>
      id === 'AIR-0001' && text === 'device password' ? { orgId: 'acme' } : undefined
    const defaults = {
      store,
      jwtSecret,
      credentialSecret: 'Qw7eRt5yUi3oPa1sDf9gHj2kLz6xCv8b',
      clock,
      verifyDevice,
      isSecure: false,
      logger: silentLogger,
      bus: soleBus('here'),
      every: () => () => undefined,
      wait: () => Promise.resolve(),
    }
    return { store, auth: createAuth({ ...defaults, passwords: cheapPasswords, ...changes }) }
  }
  let running = await start()
  return {
    clock,
    get store() {
      return running.store
    },
    get auth() {
      return running.auth
    },
    async addUser(user = {}) {
      const document: User = {
        id: 'user-ann',
        email: 'ann@acme.example',
        name: 'Ann',
        role: 'platform-admin',
        orgId: null,
        passwordHash: await cheapPasswords.hash(password),
        isEnabled: true,
        createdAt: '2026-01-01T00:00:00.000Z',
        ...user,
      }
      await running.store.platform(userCollection).insert(document)
      return document
    },
    async change(userId, fields) {
      await running.store.platform(userCollection).update(userId, (user) => ({ ...user, ...fields }))
    },
    async restart() {
      await running.store.close()
      running = await start()
    },
    async [Symbol.asyncDispose]() {
      await running.store.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** A GET with nothing but what is given. */
export const request = (parts: Partial<RequestCredentials> = {}): RequestCredentials => ({
  authorization: undefined,
  cookie: undefined,
  origin: undefined,
  host: 'fleetloom.test',
  method: 'GET',
  address,
  ...parts,
})

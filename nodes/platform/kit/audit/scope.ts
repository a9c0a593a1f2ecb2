/**
 * Who changes things right now. An operation runs in the scope of its request, and every write to the store that it
 * brings about is known by it for a change of somebody's (audited-collection.ts): no operation and no domain has to say so.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Actor {
  /** `user`, `device`, `service`, …; `anonymous` for who needs no proof. */
  readonly kind: string
  readonly id: string
}

/** What is known of a change before it is made. */
export interface AuditScope {
  readonly actor: Actor
  /** The organization that the request is about; empty when it is about none. */
  readonly orgId: string
  readonly permission: string
  readonly address: string
  readonly requestId: string
}

/** What a change has left to be done. */
export interface Leftover {
  /** Brings it to the chain; does not reject. */
  readonly bring: () => Promise<void>
  /** Takes it off the document, some time after it was brought. */
  readonly tidy: () => void
}

interface OpenScope extends AuditScope {
  readonly leftovers: { readonly brought: Promise<void>; readonly tidy: () => void }[]
  isOpen: boolean
}

const scopes = new AsyncLocalStorage<OpenScope | undefined>()

/**
 * Runs it in the scope. What it has left to be brought to the chain is there when this resolves, or is brought later: a
 * change that was made must not be answered as one that failed.
 */
export async function whileAudited<T>(scope: AuditScope, run: () => Promise<T>): Promise<T> {
  const open: OpenScope = { ...scope, leftovers: [], isOpen: true }
  try {
    return await scopes.run(open, run)
  } finally {
    open.isOpen = false
    for (const { brought, tidy } of open.leftovers) {
      await brought
      scopes.run(undefined, tidy)
    }
  }
}

/** Undefined where nothing runs for a request, and where what was begun by one goes on after its answer. */
export function auditScope(): AuditScope | undefined {
  const scope = scopes.getStore()
  return scope?.isOpen === true ? scope : undefined
}

/**
 * It is on its way to the chain at once, while the rest of the request goes on; what has it on the document stays as it is to
 * the end of the scope, so that nobody in it meets a document that was changed behind its back.
 */
export function leave({ bring, tidy }: Leftover): void {
  const scope = scopes.getStore()
  const brought = scopes.run(undefined, bring)
  if (scope?.isOpen === true) scope.leftovers.push({ brought, tidy })
  else void brought.then(() => scopes.run(undefined, tidy))
}

/** For what a request only wakes: work that would be done without it, on behalf of others. */
export const unaudited = <T>(run: () => T): T => scopes.run(undefined, run)

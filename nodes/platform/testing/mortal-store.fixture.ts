/** A process that dies between two durable steps, without a process: whatever it does afterwards never comes to an end. */
import type { Collection, Document, Store } from '../store/port.ts'

export interface Mortal {
  /** Resolves with the name of the step after which it died. */
  readonly died: Promise<string>
  /** Durable steps that were taken, by name. */
  readonly steps: readonly string[]
  readonly store: Store
  /** Another step than one of the store. */
  step<T>(name: string, take: () => Promise<T>): Promise<T>
}

const writes = new Set([
  'insert',
  'replace',
  'upsert',
  'update',
  'remove',
  'removeMany',
  'claim',
  'release',
  'renew',
])

/** Dies right after its step of this number; the first is 1. */
export function mortal(store: Store, lastStep: number): Mortal {
  const steps: string[] = []
  let isDead = false
  const death = Promise.withResolvers<string>()
  const never = new Promise<never>(() => undefined)
  const step = async <T>(name: string, take: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    const taken = await take()
    // It was under way when another step was the last: done, and nobody hears of it.
    if (isDead) return never
    steps.push(name)
    if (steps.length < lastStep) return taken
    isDead = true
    death.resolve(`${steps.length}: ${name}`)
    return never
  }
  const reading = async <T>(read: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    const found = await read()
    return isDead ? never : found
  }
  /** Each method as it is, and either a step or a look. */
  const watched = <T extends object>(of: T, name: string, isStep: (method: string) => boolean): T =>
    new Proxy(of, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function' || typeof key !== 'string') return value
        return (...args: readonly unknown[]): unknown => {
          // oxlint-disable-next-line no-unsafe-type-assertion -- all methods of a collection are asynchronous
          const call = (): Promise<unknown> => Reflect.apply(value, target, args) as Promise<unknown>
          return isStep(key) ? step(`${name}.${key}`, call) : reading(call)
        }
      },
    })
  const collection = <T extends Document>(of: Collection<T>, name: string): Collection<T> =>
    watched(of, name, (method) => writes.has(method))
  return {
    died: death.promise,
    steps,
    step,
    store: {
      organization: (orgId) => {
        const inner = store.organization(orgId)
        return { orgId, collection: (spec) => collection(inner.collection(spec), spec.name) }
      },
      platform: (spec) => collection(store.platform(spec), spec.name),
      everywhere: (...args) => reading(() => store.everywhere(...args)),
      claimEverywhere: (...args) => reading(() => store.claimEverywhere(...args)),
      bytesOf: (orgId) => store.bytesOf(orgId),
      probe: () => store.probe(),
      close: () => store.close(),
    },
  }
}

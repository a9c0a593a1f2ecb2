import type { Platform } from '../../platform.ts'

/** A service of the platform itself: a port, the clock, jobs, timers. */
export interface KitNeed<K extends keyof Platform = keyof Platform> {
  readonly kind: 'kit'
  readonly key: K
}

/** What only whoever opens the process knows, such as settings. */
export interface GivenNeed<T = unknown> {
  readonly kind: 'given'
  readonly name: string
  /** For whoever opens the process, to hand it in. */
  readonly as: (value: T) => Given
}

export interface Given {
  readonly name: string
  readonly value: unknown
}

/** A domain, as far as whoever needs it is concerned. */
export interface DomainNeed<Service = unknown> {
  readonly kind: 'domain'
  /** Of the folder. */
  readonly id: string
  /** Its service is what it gives. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what it needs is no concern of theirs
  readonly start: (needed: any) => { readonly service: Service } | Promise<{ readonly service: Service }>
}

/** What a domain, a node or an operation can ask for. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever service a domain has, and whatever is handed in
export type Need = KitNeed | GivenNeed<any> | DomainNeed<any>
/** By the names under which they are handed over. */
export type Needs = Readonly<Record<string, Need>>

type Provided<N> =
  N extends KitNeed<infer K>
    ? Platform[K]
    : N extends GivenNeed<infer T>
      ? T
      : N extends DomainNeed<infer Service>
        ? Service
        : never
/** What comes of {@link Needs}. */
export type Needed<N extends Needs> = { readonly [Name in keyof N]: Provided<N[Name]> }

/** Hands over what is needed. @throws for a domain that is not there, or has not started yet */
export interface Supplier {
  supply<N extends Needs>(needs: N): Needed<N>
}

/** `needs: { ...kit('store', 'clock'), devices }` */
export function kit<K extends keyof Platform>(...keys: readonly K[]): { readonly [Key in K]: KitNeed<Key> } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a key for each, which `fromEntries` forgets
  return Object.fromEntries(keys.map((key) => [key, { kind: 'kit', key }])) as {
    readonly [Key in K]: KitNeed<Key>
  }
}

/** `const limits = given<Limits>('limits of alerts')`: a domain names it among its needs, the start hands in `limits.as(…)`. */
export const given = <T>(name: string): GivenNeed<T> => ({
  kind: 'given',
  name,
  as: (value) => ({ name, value }),
})

/** For what carries out work of others and hands them what they need. */
export const supplier = given<Supplier>('supplier')

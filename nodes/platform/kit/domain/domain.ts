/**
 * A domain is a folder with a `domain.ts`: what it needs, and what it brings to life. Its nodes and operations get its
 * service by naming it among their needs; its jobs, timers, effects and duties are carried out, its events relayed and its
 * figures shown because it says so here, and in no other file.
 */
import type { Figure } from '../../metrics.ts'
import type { EffectKind } from '../events/outbox.ts'
import type { Duty } from '../jobs/duties.ts'
import type { JobDefinition } from '../jobs/job.ts'
import type { TimerKind } from '../jobs/timers.ts'
import type { CollectionSpec } from '../../store/port.ts'
import type { DomainNeed, Needed, Needs } from './need.ts'

/** A part of a domain, whatever it is about: only the kit, which is generic, takes it apart. */
// oxlint-disable-next-line typescript/no-explicit-any -- each of a list has types of its own
type Any = any

/** What a started domain offers, and wants done. */
export interface StartedDomain<Service> {
  /** What its own nodes and operations, and domains that need it, work with. */
  readonly service: Service
  /** Only in processes that carry out work (role `process`), from when everything has started: */
  readonly jobs?: readonly JobDefinition<Any>[]
  readonly timers?: readonly TimerKind<Any>[]
  readonly effects?: readonly EffectKind<Any>[]
  readonly duties?: readonly Duty[]
  /** Collections whose documents carry events. */
  readonly relays?: readonly CollectionSpec<Any>[]
  readonly figures?: readonly Figure[]
  /** Called when nothing new comes in and flows still run: resolves when nothing that it accepted waits any more. */
  readonly settle?: () => Promise<void>
  /** Called after everything that uses it has stopped. */
  readonly stop?: () => void | Promise<void>
}

export interface Domain<Service = unknown> extends DomainNeed<Service> {
  readonly needs: Needs
  /** Called once, when what it needs has started. */
  readonly start: (needed: Any) => StartedDomain<Service> | Promise<StartedDomain<Service>>
}

export function defineDomain<const N extends Needs, Service>(definition: {
  readonly id: string
  readonly needs: N
  readonly start: (needed: Needed<N>) => StartedDomain<Service> | Promise<StartedDomain<Service>>
}): Domain<Service> {
  return { kind: 'domain', ...definition }
}

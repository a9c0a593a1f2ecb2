import type { Platform } from '../../platform.ts'
import { type Duty, startDuties } from '../jobs/duties.ts'
import type { Figure } from '../../metrics.ts'
import type { Domain, StartedDomain } from './domain.ts'
import {
  type DomainNeed,
  type Given,
  type Need,
  type Needed,
  type Needs,
  type Supplier,
  supplier,
} from './need.ts'

/** Each after those it needs. @throws naming a circle, two of one id, or one that is not there */
export function inOrder(domains: readonly Domain[]): readonly Domain[] {
  const byId = new Map(domains.map((domain) => [domain.id, domain]))
  if (byId.size < domains.length) throw new Error(`two domains are named ${firstRepeated(domains)}`)
  const ordered = new Set<Domain>()
  const visit = (domain: Domain, path: readonly string[]): void => {
    if (ordered.has(domain)) return
    if (path.includes(domain.id))
      throw new Error(`domains need one another: ${[...path, domain.id].join(' → ')}`)
    for (const need of Object.values(domain.needs)) {
      if (need.kind !== 'domain') continue
      const needed = byId.get(need.id)
      if (needed === undefined) throw new Error(`${domain.id} needs ${need.id}, which is not there`)
      visit(needed, [...path, domain.id])
    }
    ordered.add(domain)
  }
  for (const domain of domains) visit(domain, [])
  return [...ordered]
}

function firstRepeated(domains: readonly Domain[]): string {
  const ids = domains.map(({ id }) => id)
  return ids.find((id, index) => ids.indexOf(id) !== index) ?? ''
}

type WorkParts = Pick<Platform, 'clock' | 'jobs' | 'outbox' | 'relay' | 'store' | 'timers'>

/** The domains of a process. */
export class Domains implements Supplier {
  #kit: Platform | undefined
  #given: ReadonlyMap<string, unknown> = new Map()
  readonly #started = new Map<string, StartedDomain<unknown>>()

  /** @throws what the first one throws that cannot start; those before it have been stopped */
  async start(definitions: readonly Domain[], kit: Platform, given: readonly Given[] = []): Promise<void> {
    this.#kit = kit
    this.#given = new Map([...given, supplier.as(this)].map(({ name, value }) => [name, value]))
    try {
      for (const { id, needs, start } of inOrder(definitions))
        this.#started.set(id, await start(this.supply(needs)))
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  supply<N extends Needs>(needs: N): Needed<N> {
    const entries = Object.entries(needs).map(([name, need]) => [name, this.#provided(need)])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each need stands for what it is typed as providing
    return Object.fromEntries(entries) as Needed<N>
  }

  #provided(need: Need): unknown {
    if (need.kind === 'kit') return this.#kit?.[need.key]
    if (need.kind === 'domain') return this.#serviceOf(need.id)
    if (!this.#given.has(need.name)) throw new Error(`nobody has handed in ${need.name}`)
    return this.#given.get(need.name)
  }

  /** @throws as {@link supply} */
  service<Service>(domain: DomainNeed<Service>): Service {
    return this.supply({ domain }).domain
  }

  #serviceOf(id: string): unknown {
    const started = this.#started.get(id)
    if (started === undefined) throw new Error(`there is no domain ${id}, or it has not started`)
    return started.service
  }

  /** Begins with what they want done, in a process that carries out work; with `duties` of whoever is no domain. */
  async startWork(work: WorkParts, duties: readonly Duty[] = []): Promise<void> {
    const { jobs, outbox, relay, timers } = work
    const all = [...this.#started.values()]
    relay.start(all.flatMap(({ relays = [] }) => relays))
    for (const job of all.flatMap((domain) => domain.jobs ?? [])) jobs.start(job)
    for (const effect of all.flatMap(({ effects = [] }) => effects)) outbox.start(effect)
    timers.start(all.flatMap((domain) => domain.timers ?? []))
    await startDuties(work, [...duties, ...all.flatMap((domain) => domain.duties ?? [])])
  }

  figures(): readonly Figure[] {
    return [...this.#started.values()].flatMap(({ figures = [] }) => figures)
  }

  async settle(): Promise<void> {
    await Promise.all([...this.#started.values()].map(async ({ settle }) => settle?.()))
  }

  /** The last that started first. */
  async stop(): Promise<void> {
    for (const { stop } of [...this.#started.values()].toReversed()) await stop?.()
    this.#started.clear()
  }
}

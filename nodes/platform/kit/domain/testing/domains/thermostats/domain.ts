/** A small domain with everything a large one has, which no other file names. */
import { z } from 'zod'
import { openAggregate } from '../../../../decider/aggregate.ts'
import { type Decider, refused } from '../../../../decider/decider.ts'
import { defineDomain } from '../../../domain.ts'
import { kit } from '../../../need.ts'
import { eventFields } from '../../../../events/event.ts'
import type { TimerKind } from '../../../../jobs/timers.ts'
import type { CollectionSpec } from '../../../../../store/port.ts'

const thermostatSchema = z.strictObject({ id: z.string(), celsius: z.number(), ...eventFields })
type Thermostat = z.output<typeof thermostatSchema>
const thermostatCollection: CollectionSpec<Thermostat> = {
  name: 'thermostats',
  schema: thermostatSchema,
  indexesEverywhere: [['pendingSinceMs']],
}

type Command = { readonly type: 'SetTarget'; readonly celsius: number }
type Event = { readonly type: 'TargetSet'; readonly data: { readonly celsius: number } }
const decider: Decider<Pick<Thermostat, 'id' | 'celsius'>, Command, Event, 'missing' | 'too hot'> = {
  decide(state, { celsius }) {
    if (state === undefined) return refused('missing')
    if (celsius > 30) return refused('too hot')
    return celsius === state.celsius ? [] : [{ type: 'TargetSet', data: { celsius } }]
  },
  evolve: (state, { data }) => ({ id: state?.id ?? '', celsius: data.celsius }),
}

const nightCelsius = 16
const comfortMs = 3_600_000

export interface Thermostats {
  install(orgId: string, id: string): Promise<void>
  /** Until an hour later. */
  setTarget(orgId: string, id: string, celsius: number): Promise<'set' | 'missing' | 'too hot'>
  target(orgId: string, id: string): Promise<number | undefined>
}

export const domain = defineDomain({
  id: 'thermostats',
  needs: kit('clock', 'relay', 'store', 'timers'),
  start({ clock, relay, store, timers }) {
    const aggregate = openAggregate({ store, clock, relay, collection: thermostatCollection, decider })
    const of = (orgId: string) => store.organization(orgId).collection(thermostatCollection)
    const nightfall: TimerKind<{ readonly thermostat: string }> = {
      kind: 'thermostat.night',
      data: z.strictObject({ thermostat: z.string() }),
      async ring({ data, orgId }) {
        await aggregate.handle(orgId, data.thermostat, { type: 'SetTarget', celsius: nightCelsius })
        return undefined
      },
    }
    let commands = 0
    const service: Thermostats = {
      async install(orgId, id) {
        await of(orgId).insert({
          id,
          celsius: nightCelsius,
          eventSeq: 0,
          pendingEvents: [],
          pendingSinceMs: null,
        })
      },
      async setTarget(orgId, id, celsius) {
        commands += 1
        const outcome = await aggregate.handle(orgId, id, { type: 'SetTarget', celsius })
        if (outcome.kind !== 'done') return outcome.kind === 'refused' ? outcome.refusal : 'missing'
        const dueAtMs = clock.nowMs() + comfortMs
        await timers.set(nightfall, { orgId, id: `thermostat/${id}`, dueAtMs, data: { thermostat: id } })
        return 'set'
      },
      target: async (orgId, id) => (await of(orgId).get(id))?.document.celsius,
    }
    return {
      service,
      timers: [nightfall],
      relays: [thermostatCollection],
      figures: [
        { name: 'fleetloom_thermostat_commands', help: 'Commands to thermostats', read: () => commands },
      ],
    }
  },
})

import { checkCommand } from '../devices/check-command.ts'
import type { DeviceControl } from '../control/control-service.ts'
import type { DeviceDirectory } from '../devices/directory.ts'
import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import { Turns } from '../platform/kit/turns.ts'
import type { Platform } from '../platform/platform.ts'
import { everyDocument } from '../platform/store/every-document.ts'
import type { Collection, Page } from '../platform/store/port.ts'
import { begunAt, type Planned, planOf, setBackMs } from './plan.ts'
import {
  type Firing,
  firingCollection,
  type Schedule,
  scheduleCollection,
  type ScheduleDocument,
  type ScheduledAction,
} from './schedule.ts'
import { overlap } from './window.ts'

const scheduleJobName = 'schedules'

export type WantedSchedule = Pick<
  Schedule,
  'deviceId' | 'days' | 'startTime' | 'endTime' | 'timeZone' | 'start' | 'end' | 'isActive'
>

export type Saved =
  | { readonly kind: 'saved'; readonly schedule: Schedule }
  | { readonly kind: 'missing' }
  | { readonly kind: 'no-device' }
  | { readonly kind: 'wrong'; readonly path: string; readonly message: string }
  | { readonly kind: 'overlaps'; readonly other: string }

export interface ScheduleParts extends Pick<Platform, 'clock' | 'jobs' | 'secrets' | 'store'> {
  readonly control: Pick<DeviceControl, 'takeEdge'>
  readonly directory: Pick<DeviceDirectory, 'lookup'>
}

/** How long the end of a window waits for a device that is away. */
const endHeldMs = 24 * 3_600_000

/**
 * Weekly windows of devices, and what they command when they open and close.
 *
 * No two of one device overlap: in one process they are made and changed one after the other. What another process has
 * written between the look and the write is seen by a look after it: each gives way then, since neither knows whether the
 * other has looked already.
 */
export class Schedules {
  readonly #parts: ScheduleParts
  readonly #turns = new Turns()

  constructor(parts: ScheduleParts) {
    this.#parts = parts
  }

  create(orgId: string, wanted: WantedSchedule): Promise<Saved> {
    return this.#turns.take(turnOf(orgId, wanted), () => this.#create(orgId, wanted))
  }

  change(orgId: string, id: string, wanted: WantedSchedule): Promise<Saved> {
    return this.#turns.take(turnOf(orgId, wanted), () => this.#change(orgId, id, wanted))
  }

  async #create(orgId: string, wanted: WantedSchedule): Promise<Saved> {
    const { clock, secrets } = this.#parts
    const nowMs = clock.nowMs()
    const id = secrets.newId()
    const fault = await this.#faultOf(orgId, wanted, id)
    if (fault !== undefined) return fault
    const begun = begunAt(
      {
        ...wanted,
        id,
        createdAtMs: nowMs,
        lastExecutedMs: null,
        countsFromMs: nowMs,
        firedUpToMs: nowMs,
        openSinceMs: null,
        round: 0,
      },
      nowMs,
    )
    await this.#of(orgId).insert({ ...begun, dueAtMs: nowMs, failures: 0 })
    const rival = await this.#overlapping(orgId, wanted, id)
    if (rival === undefined) return this.#saved(begun)
    await this.remove(orgId, id)
    return { kind: 'overlaps', other: rival.id }
  }

  async #change(orgId: string, id: string, wanted: WantedSchedule): Promise<Saved> {
    const before = await this.get(orgId, id)
    if (before === undefined) return { kind: 'missing' }
    const fault = await this.#faultOf(orgId, wanted, id)
    if (fault !== undefined) return fault
    const changed = await this.#become(orgId, id, wanted)
    if (changed === undefined) return { kind: 'missing' }
    const rival = await this.#overlapping(orgId, wanted, id)
    if (rival === undefined) return this.#saved(changed)
    const { days, deviceId, end, endTime, isActive, start, startTime, timeZone } = before
    await this.#become(orgId, id, { days, deviceId, end, endTime, isActive, start, startTime, timeZone })
    return { kind: 'overlaps', other: rival.id }
  }

  async #become(orgId: string, id: string, wanted: WantedSchedule): Promise<Schedule | undefined> {
    const nowMs = this.#parts.clock.nowMs()
    const outcome = await this.#of(orgId).update(id, (current) => ({
      ...current,
      ...begunAt({ ...current, ...wanted }, nowMs),
      dueAtMs: nowMs,
    }))
    return outcome.kind === 'replaced' ? outcome.stored.document : undefined
  }

  /** What it has begun is ended first. */
  async remove(orgId: string, id: string): Promise<boolean> {
    const schedule = await this.get(orgId, id)
    if (schedule === undefined) return false
    const nowMs = this.#parts.clock.nowMs()
    const { firings } = planOf({ ...schedule, isActive: false }, nowMs)
    for (const firing of firings) await this.#fire(orgId, schedule, firing)
    return this.#of(orgId).remove(id)
  }

  async get(orgId: string, id: string): Promise<ScheduleDocument | undefined> {
    return (await this.#of(orgId).get(id))?.document
  }

  list(
    orgId: string,
    {
      cursor,
      deviceId,
      limit,
    }: {
      readonly deviceId?: string | undefined
      readonly limit: number
      readonly cursor?: string | undefined
    },
  ): Promise<Page<ScheduleDocument>> {
    return this.#of(orgId).find(deviceId === undefined ? {} : { deviceId }, {
      sort: [{ path: 'createdAtMs', direction: 'ascending' }],
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  }

  /** Newest first. */
  firings(
    orgId: string,
    scheduleId: string,
    { cursor, limit }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<Firing>> {
    return this.#firingsOf(orgId).find(
      { scheduleId },
      {
        sort: [{ path: 'plannedMs', direction: 'descending' }],
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      },
    )
  }

  /** Looks at those that a clock which was ahead for days has put off. */
  async wakePutOff(): Promise<void> {
    const { clock, jobs, store } = this.#parts
    const nowMs = clock.nowMs()
    const putOff = { firedUpToMs: { $gt: nowMs + setBackMs } }
    const { items } = await store.everywhere(scheduleCollection, putOff, { limit: 500 })
    for (const { document, orgId } of items)
      await this.#of(orgId).update(document.id, (current) => ({ ...current, dueAtMs: nowMs }))
    if (items.length > 0) jobs.wake(scheduleJobName)
  }

  get job(): JobDefinition<ScheduleDocument> {
    return defineJob<ScheduleDocument>({
      name: scheduleJobName,
      collection: scheduleCollection,
      of: 'organizations',
      leaseMs: 10_000,
      maxAtOnce: 64,
      retry: { firstMs: 1000, lastMs: 60_000 },
      run: async ({ document, orgId }) => {
        const nowMs = this.#parts.clock.nowMs()
        const { firings, next } = planOf(document, nowMs)
        for (const firing of firings) await this.#fire(orgId, { ...document, ...next }, firing)
        const hasFired = firings.some(({ kind }) => kind === 'fire')
        // What was changed meanwhile is looked at once more, as it is by then.
        return (current) =>
          current.firedUpToMs === document.firedUpToMs && current.round === document.round
            ? { ...current, ...next, ...(hasFired ? { lastExecutedMs: nowMs } : {}) }
            : current
      },
    })
  }

  /** Once for each edge, instant and round, whoever does it and however often. */
  async #fire(orgId: string, schedule: Schedule, { edge, kind, plannedMs, untilMs }: Planned): Promise<void> {
    const { clock, control, secrets } = this.#parts
    // Those of before there were rounds have none in their ids.
    const id = [schedule.id, edge, plannedMs, ...(schedule.round === 0 ? [] : [schedule.round])].join('/')
    const nowMs = clock.nowMs()
    const actions = kind === 'missed' ? [] : schedule[edge]
    const firing: Firing = {
      id,
      scheduleId: schedule.id,
      edge,
      plannedMs,
      firedMs: kind === 'missed' ? null : nowMs,
      commandIds: actions.map(() => secrets.newId()),
    }
    const inserted = await this.#firingsOf(orgId).insert(firing)
    const { commandIds } =
      inserted.kind === 'inserted' ? firing : ((await this.#firingsOf(orgId).get(id))?.document ?? firing)
    if (kind === 'missed') return
    await control.takeEdge(orgId, {
      deviceId: schedule.deviceId,
      scheduleId: schedule.id,
      edge,
      plannedMs,
      untilMs: untilMs ?? null,
      sends: actions.map(({ action, value = null }, n) => ({
        commandId: commandIds[n] ?? `${id}/${n}`,
        action,
        value,
        source: 'schedule',
        requestedBy: schedule.id,
        whenOffline: 'hold',
        expiresAtMs: untilMs ?? nowMs + endHeldMs,
      })),
    })
  }

  async #faultOf(
    orgId: string,
    wanted: WantedSchedule,
    id: string,
  ): Promise<Exclude<Saved, { kind: 'saved' }> | undefined> {
    const record = this.#parts.directory.lookup(wanted.deviceId)
    if (record?.orgId !== orgId) return { kind: 'no-device' }
    for (const edge of ['start', 'end'] as const)
      for (const [index, { action, value }] of wanted[edge].entries()) {
        const checked = checkCommand(record.deviceClass, action, value)
        if (checked.kind === 'wrong')
          return { kind: 'wrong', path: `${edge}[${index}].${checked.path}`, message: checked.message }
      }
    const other = await this.#overlapping(orgId, wanted, id)
    return other === undefined ? undefined : { kind: 'overlaps', other: other.id }
  }

  async #overlapping(orgId: string, wanted: WantedSchedule, id: string): Promise<Schedule | undefined> {
    if (!wanted.isActive) return undefined
    const nowMs = this.#parts.clock.nowMs()
    for await (const { document } of everyDocument(this.#of(orgId), { deviceId: wanted.deviceId }))
      if (document.id !== id && document.isActive && overlap(document, wanted, nowMs)) return document
    return undefined
  }

  #saved(schedule: Schedule): Saved {
    this.#parts.jobs.wake(scheduleJobName)
    return { kind: 'saved', schedule }
  }

  #of(orgId: string): Collection<ScheduleDocument> {
    return this.#parts.store.organization(orgId).collection(scheduleCollection)
  }

  #firingsOf(orgId: string): Collection<Firing> {
    return this.#parts.store.organization(orgId).collection(firingCollection)
  }
}

const turnOf = (orgId: string, { deviceId }: WantedSchedule): string => JSON.stringify([orgId, deviceId])

/** What purifiers are told when a schedule does not say otherwise. */
export function defaultActions(fanSpeed: number | undefined): {
  readonly start: readonly ScheduledAction[]
  readonly end: readonly ScheduledAction[]
} {
  const speed = fanSpeed === undefined ? [] : [{ action: 'setFanSpeed', value: fanSpeed }]
  return { start: [{ action: 'turnOn' }, ...speed], end: [{ action: 'turnOff' }] }
}

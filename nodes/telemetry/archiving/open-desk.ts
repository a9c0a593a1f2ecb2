import type { ArchiveDesk } from '../../platform/archive/desk.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Store } from '../../platform/store/port.ts'
import type { ArchiveIndex } from './archive-index.ts'
import { dayMs, dayName, dayStart } from './days.ts'
import { type Hold, holdCollection, holdsOf } from './holds.ts'
import { neverRun, retentionCollection, type RetentionJob } from './retention-job.ts'

export interface DeskParts {
  readonly index: ArchiveIndex
  readonly store: Store
  readonly clock: Clock
  readonly job: Pick<RetentionJob, 'makeDue'>
}

export function openArchiveDesk({ clock, index, job, store }: DeskParts): ArchiveDesk {
  return {
    async days(orgId) {
      const organization = await index.organization(orgId)
      const holds = Map.groupBy(await holdsOf(store, orgId), ({ day }) => day)
      return organization
        .days()
        .toReversed()
        .map((day) => {
          const parts = organization.parts(day)
          const name = dayName(day)
          const sum = (of: 'bytes' | 'rows'): number => parts.reduce((total, part) => total + part[of], 0)
          return {
            day: name,
            readings: sum('rows'),
            files: parts.length,
            bytes: sum('bytes'),
            devices: new Set(parts.flatMap(({ devices }) => devices)).size,
            archivedAtMs: Math.max(...parts.map(({ archivedAtMs }) => archivedAtMs)),
            holds: (holds.get(name) ?? []).filter(({ keepUntilMs }) => keepUntilMs > clock.nowMs()),
          }
        })
    },
    async restore(orgId, { fromDay, toDay, deviceId, keepDays }) {
      const organization = await index.organization(orgId)
      const days = organization
        .days()
        .filter((day) => day >= dayStart(fromDay) && day <= dayStart(toDay))
        .filter((day) => deviceId === undefined || organization.partsOf(deviceId, day).length > 0)
      const keepUntilMs = clock.nowMs() + keepDays * dayMs
      const holds: Hold[] = []
      for (const start of days) {
        const day = dayName(start)
        const state = 'requested'
        holds.push(
          deviceId === undefined
            ? { id: day, day, state, keepUntilMs }
            : { id: `${day}:${deviceId}`, day, deviceId, state, keepUntilMs },
        )
      }
      const collection = store.organization(orgId).collection(holdCollection)
      for (const hold of holds) await collection.upsert(hold)
      await job.makeDue(orgId)
      return holds
    },
    async state(orgId) {
      const found = await store.organization(orgId).collection(retentionCollection).get(neverRun.id)
      return found?.document ?? neverRun
    },
    run: (orgId) => job.makeDue(orgId),
  }
}

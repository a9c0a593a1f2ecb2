import { defineJob, type JobDefinition } from '../platform/kit/jobs/job.ts'
import { type Bulk, bulkCollection, bulkJobName } from './bulk.ts'
import { commandIdOf } from './command-ids.ts'
import type { Commands } from './command-service.ts'

const saveEvery = 100

/** Asks for one after the other; what was asked for is noted every hundred, and again is the same. */
export function bulkJob(commands: Pick<Commands, 'issue'>): JobDefinition<Bulk> {
  return defineJob<Bulk>({
    name: bulkJobName,
    collection: bulkCollection,
    of: 'organizations',
    leaseMs: 10_000,
    maxAtOnce: 4,
    retry: { firstMs: 1000, lastMs: 60_000 },
    async run(work) {
      const { document: bulk, orgId, signal } = work
      const refused = new Set(bulk.refused)
      let { done } = bulk
      const progress = (current: Bulk): Bulk => ({ ...current, done, refused: [...refused] })
      for (const deviceId of bulk.deviceIds.slice(done)) {
        if (signal.aborted) break
        const { action, id, requestedBy, value } = bulk
        const issued = await commands.issue(orgId, {
          id: commandIdOf(id, done),
          bulkId: id,
          deviceId,
          action,
          value,
          source: 'api',
          ...(requestedBy === null ? {} : { requestedBy }),
        })
        if (issued.kind !== 'issued') refused.add(deviceId)
        done += 1
        if (done % saveEvery === 0 && (await work.save(progress)) === undefined) break
      }
      return (current) => ({
        ...progress(current),
        dueAtMs: done < bulk.deviceIds.length ? current.dueAtMs : null,
      })
    },
  })
}

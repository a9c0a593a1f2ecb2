import type { Clock } from '../../clock.ts'
import type { AuditTrail } from './audit-trail.ts'
import { noteBy } from './note.ts'
import { auditScope } from './scope.ts'

/**
 * Puts on the chain what an operation is about to do that changes no document: before it is done, so that nothing is done
 * of which the audit does not know. Nothing where nobody's request runs. @throws StoreUnavailable
 * @param resource what it is done to: `devices/d1/history`
 */
export type NoteAct = (resource: string) => Promise<void>

export const actNoter =
  (trail: AuditTrail, clock: Pick<Clock, 'nowMs'>): NoteAct =>
  async (resource) => {
    const scope = auditScope()
    if (scope === undefined) return
    const note = noteBy(scope, { chain: scope.orgId, atMs: clock.nowMs(), resource })
    await trail.append(note.chain, [note])
    // It is on no document from which it would have to be taken off.
    trail.forget([note])
  }

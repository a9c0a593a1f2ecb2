import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Note } from './note.ts'
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
    const { actor, address, orgId, permission, requestId } = scope
    const act = { actor, address, permission, requestId, resource }
    const note: Note = { ...act, noteId: randomUUID(), chain: orgId, atMs: clock.nowMs() }
    await trail.append(orgId, [note])
    // It is on no document from which it would have to be taken off.
    trail.forget([note])
  }

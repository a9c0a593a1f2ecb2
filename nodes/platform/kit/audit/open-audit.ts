import type { Clock } from '../../clock.ts'
import type { Logger } from '../../logger.ts'
import type { Store } from '../../store/port.ts'
import { AuditRelay } from './audit-relay.ts'
import { AuditTrail } from './audit-trail.ts'
import { AuditedStore } from './audited-store.ts'
import { actNoter, type NoteAct } from './note-act.ts'

export interface Audit {
  readonly trail: AuditTrail
  readonly relay: AuditRelay
  readonly noteAct: NoteAct
}

/** A store whose changes by operations are audited, and where the audit is read. */
export function openAudit(parts: {
  readonly store: Store
  readonly clock: Pick<Clock, 'nowMs' | 'after'>
  readonly log: Pick<Logger, 'warn'>
  readonly random: () => number
}): { readonly store: Store; readonly audit: Audit } {
  const trail = new AuditTrail(parts.store)
  const relay = new AuditRelay({ ...parts, trail })
  return {
    store: new AuditedStore({
      ...parts,
      bring: (noted) => relay.bring(noted),
      tidy: (noted) => relay.tidyLater(noted),
      isBrought: (noteId) => trail.has(noteId),
      leftOut: (notes) => trail.forget(notes),
    }),
    audit: { trail, relay, noteAct: actNoter(trail, parts.clock) },
  }
}

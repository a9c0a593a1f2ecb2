import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import type { AuditTrail } from '../platform/kit/audit/audit-trail.ts'

/** Who has changed what; the kit writes it (platform/kit/audit), here it is read. */
export const domain = defineDomain({
  id: 'audit',
  needs: kit('audit'),
  start: ({ audit: { trail } }): { readonly service: AuditTrail } => ({ service: trail }),
})

import { createHmac } from 'node:crypto'
import type { Archive } from '../../platform/archive/port.ts'
import { type Noted, notedSpec } from '../../platform/kit/audit/note.ts'
import type { SeriesStore } from '../../platform/series/port.ts'
import type { CollectionSpec, Document, Store } from '../../platform/store/port.ts'

/** Where an organization is, while nobody else uses it. */
export interface OrganizationParts {
  /** Not audited: documents with the notes on them. */
  readonly store: Store
  readonly series: SeriesStore
  readonly archive: Archive
  /** All there are. */
  readonly collections: readonly CollectionSpec<Document>[]
  readonly credentialSecret: string
}

/** The collection as it is in the store, with notes of changes that the audit has not got yet. */
export const asStored = (spec: CollectionSpec<Document>): CollectionSpec<Noted<Document>> =>
  spec.audit === 'none' ? spec : notedSpec(spec)

/** Whether one of the platform's documents goes with the organization: those whose changes are in its audit. */
export function isAbout(spec: CollectionSpec<Document>, document: Document, orgId: string): boolean {
  if (spec.audit === 'none') return false
  const named: unknown = 'orgId' in document ? document.orgId : undefined
  return (spec.audit?.organizationOf?.(document) ?? named) === orgId
}

/** Tells two secrets apart. */
export const fingerprintOf = (credentialSecret: string): string =>
  createHmac('sha256', credentialSecret).update('fleetloom organization file').digest('hex').slice(0, 32)

/** What `CREDENTIAL_SECRET` has sealed: of second factors, of webhooks, of invitations that wait for their mail. */
export function isSealed(collection: string, document: object): boolean {
  if (collection === 'users' && 'secondFactor' in document) return true
  return /"sealed:|"sealedToken":"/.test(JSON.stringify(document))
}

export const archivePrefix = (orgId: string): string => `org=${orgId}/`

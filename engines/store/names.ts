/**
 * Which names may reach an engine. Adapters build statements from collection names and paths, so these patterns are
 * what stands between a hostile key and the engine's own language.
 */
import { InvalidDocument, InvalidName } from '../../nodes/platform/store/errors.ts'
import type { CollectionSpec, Document } from '../../nodes/platform/store/port.ts'

const COLLECTION = /^[a-z][a-z0-9_]{0,62}$/
const ORGANIZATION = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/
const KEY = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
// No segment starts with a digit: MongoDB would read it as an array index as well as a field.
const PATH = /^[A-Za-z_][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z_][A-Za-z0-9_-]{0,63}){0,15}$/
const PROTOTYPE_SEGMENTS = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_ID_LENGTH = 512

export function isPath(path: string): boolean {
  return PATH.test(path) && !path.split('.').some((segment) => PROTOTYPE_SEGMENTS.has(segment))
}

export function isOrganizationId(orgId: unknown): orgId is string {
  return typeof orgId === 'string' && ORGANIZATION.test(orgId)
}

/** @throws InvalidName */
export function assertOrganizationId(orgId: unknown): asserts orgId is string {
  if (!isOrganizationId(orgId)) throw new InvalidName('An organization id has letters, digits, _ and - only')
}

/**
 * A usable id: lone surrogates and NUL do not survive every engine unchanged. Whoever asks for another gets the answer of
 * an id that nothing has.
 */
export function isDocumentId(id: unknown): id is string {
  return (
    typeof id === 'string' &&
    id.length > 0 &&
    id.length <= MAX_ID_LENGTH &&
    id.isWellFormed() &&
    !id.includes('\0')
  )
}

/** @throws InvalidDocument */
export function assertDocumentId(collection: string, id: unknown): asserts id is string {
  if (!isDocumentId(id)) throw new InvalidDocument(collection, [{ path: ['id'], message: 'not a usable id' }])
}

/** @throws InvalidName */
export function assertSpec<T extends Document>(spec: CollectionSpec<T>): void {
  if (!COLLECTION.test(spec.name)) throw new InvalidName(`Collection name ${JSON.stringify(spec.name)}`)
  const keys = [...Object.entries(spec.unique ?? {}), ...Object.entries(spec.uniqueEverywhere ?? {})]
  for (const [key] of keys) {
    if (!KEY.test(key)) throw new InvalidName(`Unique key ${JSON.stringify(key)} of ${spec.name}`)
  }
  const lists = [
    ...keys.map(([, paths]) => paths),
    ...(spec.indexes ?? []),
    ...(spec.sparseIndexes ?? []),
    ...(spec.indexesEverywhere ?? []),
  ]
  if (spec.location !== undefined) lists.push([spec.location])
  for (const paths of lists) {
    const wrong = paths.find((path) => !isPath(path))
    if (wrong !== undefined || paths.length === 0) {
      throw new InvalidName(`Path ${JSON.stringify(wrong ?? '')} in the spec of ${spec.name}`)
    }
  }
  const { version = 1, upcast = {} } = spec
  if (!Number.isInteger(version) || version < 1) throw new InvalidName(`Version ${version} of ${spec.name}`)
  for (let before = 1; before < version; before += 1) {
    if (upcast[before] === undefined) {
      throw new InvalidName(`Nothing brings version ${before} of ${spec.name} on`)
    }
  }
}

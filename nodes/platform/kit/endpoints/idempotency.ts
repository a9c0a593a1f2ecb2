/**
 * Requests that are sent again have one effect: the first of a key (`Idempotency-Key`) settles the id of what it makes, and
 * its answer; whoever sends the key again within 24 hours gets the same id and, when it is there, the same answer. So the
 * effect has only to be one for each id, whoever dies or comes at the same moment.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Platform } from '../../platform.ts'
import type { CollectionSpec } from '../../store/port.ts'
import { defineJob, dueAt, dueFields, type JobDefinition } from '../jobs/job.ts'
import { callerId, type Principal } from './principal.ts'
import { type OperationRequest, refuse, type WholeOutcome } from './operation.ts'
import { problem, unreadable } from './problem.ts'

const keptMs = 24 * 3_600_000
const maxLength = 200

const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('reply'),
    status: z.union([z.literal(200), z.literal(201), z.literal(202), z.literal(204)]),
    body: z.unknown(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    kind: z.literal('problem'),
    problem: z.looseObject({ type: z.string(), title: z.string(), status: z.int() }),
    headers: z.record(z.string(), z.string()).optional(),
  }),
])

const keySchema = z.strictObject({
  /** Digest of who asked for what under which key. */
  id: z.string(),
  /** Digest of the request. */
  fingerprint: z.string(),
  /** Of what the request makes. */
  resourceId: z.string(),
  /** Null while nobody has seen it through. */
  answer: answerSchema.nullable(),
  /** When it is forgotten. */
  ...dueFields,
})
type KeyDocument = z.output<typeof keySchema>

export const keyCollection: CollectionSpec<KeyDocument> = {
  name: 'idempotency_keys',
  audit: 'none',
  schema: keySchema,
  indexesEverywhere: [['dueAtMs']],
}

export const isIdempotencyKey = (key: string | undefined): key is string =>
  key !== undefined && key !== '' && key.length <= maxLength

type KeyedRequest = Pick<
  OperationRequest<unknown, unknown, unknown>,
  'body' | 'idempotencyKey' | 'orgId' | 'params' | 'principal'
>

/**
 * Runs what the request asks for, or gives the answer that it had. Refusals other than 409 are not kept: what was sent
 * wrongly can be sent rightly under the same key.
 * @param run is given the id of what is to be made, the same whenever this request comes, and must bear being run twice at once
 */
export async function once(
  { clock, secrets, store }: Pick<Platform, 'clock' | 'secrets' | 'store'>,
  operationId: string,
  { body, idempotencyKey, orgId, params, principal }: KeyedRequest,
  run: (resourceId: string) => Promise<WholeOutcome>,
): Promise<WholeOutcome> {
  if (!isIdempotencyKey(idempotencyKey)) return refuse(unreadable('header.Idempotency-Key', 'is needed'))
  const keys = store.organization(orgId).collection(keyCollection)
  const id = digestOf([operationId, whoIs(principal), idempotencyKey])
  const fingerprint = digestOf([params, body])
  const nowMs = clock.nowMs()
  const fresh = { id, fingerprint, resourceId: secrets.newId(), answer: null, ...dueAt(nowMs + keptMs) }
  const known = await keys.get(id)
  if (known !== undefined && isOver(known.document, nowMs)) await keys.remove(id, known.version)
  const inserted = await keys.insert(fresh)
  const record =
    inserted.kind === 'inserted' ? inserted.stored.document : ((await keys.get(id))?.document ?? fresh)
  if (record.fingerprint !== fingerprint)
    return refuse(
      problem(422, 'header.Idempotency-Key: was used for another request', [
        { path: 'header.Idempotency-Key', message: 'was used for another request' },
      ]),
    )
  if (record.answer !== null) return again(record.answer)
  const outcome = await run(record.resourceId)
  if (!isKept(outcome)) {
    const stored = await keys.get(id)
    if (stored?.document.answer === null) await keys.remove(id, stored.version)
    return outcome
  }
  const answer = answerSchema.parse(outcome.kind === 'reply' ? { body: undefined, ...outcome } : outcome)
  await keys.update(id, (current) => (current.answer === null ? { ...current, answer } : current))
  return outcome
}

/** Forgets keys when their time is over. */
export const forgettingKeys: JobDefinition<KeyDocument> = defineJob<KeyDocument>({
  name: 'forgetting idempotency keys',
  collection: keyCollection,
  of: 'organizations',
  leaseMs: 10_000,
  maxAtOnce: 100,
  retry: { firstMs: 1000, lastMs: 60_000 },
  run: async () => () => undefined,
})

const isOver = ({ dueAtMs }: KeyDocument, nowMs: number): boolean => dueAtMs !== null && dueAtMs <= nowMs

const isKept = (outcome: WholeOutcome): boolean => outcome.kind === 'reply' || outcome.problem.status === 409

const again = (answer: NonNullable<KeyDocument['answer']>): WholeOutcome => {
  const headers = { ...answer.headers, 'idempotent-replayed': 'true' }
  return answer.kind === 'reply'
    ? {
        kind: 'reply',
        status: answer.status,
        headers,
        ...(answer.body === undefined ? {} : { body: answer.body }),
      }
    : { kind: 'problem', problem: answer.problem, headers }
}

function whoIs(principal: Principal | undefined): string {
  if (principal === undefined) return ''
  return `${principal.kind} ${callerId(principal)}`
}

/** What is parsed by a schema has its fields in the schema's order, so equal requests have equal texts. */
const digestOf = (parts: unknown): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

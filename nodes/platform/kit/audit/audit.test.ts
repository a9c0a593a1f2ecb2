import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openSqliteStore } from '../../../../engines/store/sqlite.ts'
import { temporaryDirectory } from '../../../../engines/store/testing/processes.ts'
import { silentLogger } from '../../logger.ts'
import type { CollectionSpec, Store } from '../../store/port.ts'
import { type VirtualClock, virtualClock } from '../../testing/virtual-clock.fixture.ts'
import { auditCollection, entryId, type AuditEntry } from './chain.ts'
import { type Audit, openAudit } from './open-audit.ts'
import { type AuditScope, whileAudited } from './scope.ts'

const lampSchema = z.strictObject({
  id: z.string(),
  watts: z.number(),
  credential: z.string().optional(),
  removed: z.boolean().optional(),
  dueAtMs: z.number().nullable().optional(),
})
type Lamp = z.output<typeof lampSchema>
const lamps: CollectionSpec<Lamp> = {
  name: 'desk_lamps',
  schema: lampSchema,
  uniqueEverywhere: { id: ['id'] },
  audit: { isGone: ({ removed }) => removed === true },
}
const users: CollectionSpec<{ id: string; orgId: string | null }> = {
  name: 'people',
  schema: z.strictObject({ id: z.string(), orgId: z.string().nullable() }),
}

let folder: Awaited<ReturnType<typeof temporaryDirectory>>
let raw: Store
let store: Store
let audit: Audit
let clock: VirtualClock
beforeEach(async () => {
  folder = await temporaryDirectory()
  raw = await openSqliteStore({ directory: folder.path })
  clock = virtualClock(1_767_600_000_000)
  ;({ store, audit } = openAudit({ store: raw, clock, log: silentLogger, random: () => 1 }))
})
afterEach(async () => {
  await audit.relay.stop()
  await raw.close()
  await folder.remove()
})

const ada: AuditScope = {
  actor: { kind: 'user', id: 'ada' },
  orgId: 'acme',
  permission: 'modules:home:lamps:update',
  address: '203.0.113.7',
  requestId: 'r1',
}
const asAda = <T>(run: () => Promise<T>): Promise<T> => whileAudited(ada, run)
const lampsOf = (of = store) => of.organization('acme').collection(lamps)
const entriesOf = async (orgId = 'acme'): Promise<readonly AuditEntry[]> => {
  const entries: AuditEntry[] = []
  for await (const entry of audit.trail.all(orgId, {})) entries.push(entry)
  return entries
}

describe('a change by an operation', () => {
  test('is in the audit when the operation has ended: who, what, from where, before and after', async () => {
    await asAda(() => lampsOf().insert({ id: 'l1', watts: 40 }))
    await asAda(() => lampsOf().update('l1', (lamp) => ({ ...lamp, watts: 60 })))
    await asAda(() => lampsOf().remove('l1'))
    const [made, changed, removed, ...others] = await entriesOf()
    expect(made).toMatchObject({
      id: entryId(1),
      at: '2026-01-05T08:00:00.000Z',
      actor: { kind: 'user', id: 'ada' },
      permission: 'modules:home:lamps:update',
      action: 'update',
      resource: 'desk-lamps/l1',
      address: '203.0.113.7',
      requestId: 'r1',
      after: { id: 'l1', watts: 40 },
    })
    expect(made).not.toHaveProperty('before')
    expect(changed).toMatchObject({ before: { watts: 40 }, after: { watts: 60 }, previous: made?.hash })
    expect(removed).toMatchObject({ before: { id: 'l1', watts: 60 }, previous: changed?.hash })
    expect(removed).not.toHaveProperty('after')
    expect(others).toEqual([])
  })

  test('leaves nothing on the document, and nothing of one that was removed', async () => {
    await asAda(() => lampsOf().insert({ id: 'l1', watts: 40 }))
    await asAda(() => lampsOf().insert({ id: 'l2', watts: 40 }))
    await asAda(() => lampsOf().remove('l2'))
    await clock.pass(1000)
    const { items } = await raw
      .organization('acme')
      .collection({ ...lamps, audit: 'none' })
      .find()
    expect(items.map(({ document }) => document)).toEqual([{ id: 'l1', watts: 40 }])
    // The id is free for everybody.
    const other = store.organization('other').collection(lamps)
    expect(await other.insert({ id: 'l2', watts: 1 })).toMatchObject({ kind: 'inserted' })
  })

  test('shows no secret, though the change of one is an entry', async () => {
    await asAda(() => lampsOf().insert({ id: 'l1', watts: 40, credential: 'canary-1' }))
    await asAda(() => lampsOf().update('l1', (lamp) => ({ ...lamp, credential: 'canary-2' })))
    const entries = await entriesOf()
    expect(entries).toHaveLength(2)
    expect(JSON.stringify(entries)).not.toContain('canary')
  })

  test('that changes nothing, or only what the kit keeps for itself, is no entry', async () => {
    await asAda(() => lampsOf().insert({ id: 'l1', watts: 40 }))
    await asAda(() => lampsOf().update('l1', (lamp) => ({ ...lamp })))
    await asAda(() => lampsOf().update('l1', (lamp) => ({ ...lamp, dueAtMs: 7 })))
    await asAda(() => lampsOf().remove('no-lamp'))
    expect(await entriesOf()).toHaveLength(1)
  })

  test('that is no change of a document is in the audit before it is done', async () => {
    await asAda(async () => {
      await audit.noteAct('devices/d1/history')
      expect(await entriesOf()).toMatchObject([
        { actor: { id: 'ada' }, resource: 'devices/d1/history', resourceId: 'd1/history', requestId: 'r1' },
      ])
    })
    await audit.noteAct('archive')
    expect(await entriesOf()).toHaveLength(1)
    expect(await audit.trail.verify('acme')).toMatchObject({ isIntact: true, entries: 1 })
  })

  test('of what counts as gone already is none', async () => {
    await asAda(() => lampsOf().insert({ id: 'l1', watts: 40 }))
    await asAda(() => lampsOf().update('l1', (lamp) => ({ ...lamp, removed: true })))
    await asAda(() => lampsOf().remove('l1'))
    expect(
      (await entriesOf()).map(({ before, after }) => [before !== undefined, after !== undefined]),
    ).toEqual([
      [false, true],
      [true, false],
    ])
  })

  test('stands behind the one before it, though that one’s operation ends later', async () => {
    await asAda(() => lampsOf().insert({ id: 'l1', watts: 1 }))
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const slow = asAda(async () => {
      await lampsOf().update('l1', (lamp) => ({ ...lamp, watts: 2 }))
      await promise
    })
    await lampsOf().get('l1')
    await asAda(() => lampsOf().update('l1', (lamp) => ({ ...lamp, watts: 3 })))
    resolve(undefined)
    await slow
    expect((await entriesOf()).map(({ after }) => after)).toEqual([
      { id: 'l1', watts: 1 },
      { id: 'l1', watts: 2 },
      { id: 'l1', watts: 3 },
    ])
  })

  test('of what belongs to no organization is in the audit of whom it names', async () => {
    const people = store.platform(users)
    await asAda(() => people.insert({ id: 'bob', orgId: 'other' }))
    await asAda(() => people.insert({ id: 'root', orgId: null }))
    expect((await entriesOf('other')).map(({ resource }) => resource)).toEqual(['people/bob'])
    expect((await entriesOf('acme')).map(({ resource }) => resource)).toEqual(['people/root'])
  })

  test('that goes on after its answer is nobody’s any more', async () => {
    let later: Promise<unknown> = Promise.resolve()
    await asAda(async () => {
      later = new Promise((resolve) => setImmediate(() => resolve(lampsOf().insert({ id: 'l9', watts: 1 }))))
    })
    await later
    expect(await entriesOf()).toEqual([])
  })
})

describe('an instance that ends before the audit has its changes', () => {
  /** As it is after a SIGKILL: what is written is written, what is in memory is gone. */
  const dying = (): Store =>
    openAudit({
      store: { ...crippled(raw) },
      clock,
      log: silentLogger,
      random: () => 1,
    }).store
  const crippled = (of: Store): Store => ({
    organization: (orgId) => of.organization(orgId),
    platform: (spec) => of.platform(spec),
    everywhere: (...all) => of.everywhere(...all),
    claimEverywhere: (...all) => of.claimEverywhere(...all),
    bytesOf: (orgId) => of.bytesOf(orgId),
    probe: () => of.probe(),
    close: () => of.close(),
  })

  test('leaves them on the documents, for another to bring', async () => {
    const killed = { ...crippled(raw), organization: unwritableAudit(raw) }
    const dead = openAudit({ store: killed, clock, log: silentLogger, random: () => 1 }).store
    await asAda(() => lampsOf(dead).insert({ id: 'l1', watts: 1 }))
    await asAda(() => lampsOf(dead).insert({ id: 'l2', watts: 2 }))
    await asAda(() => lampsOf(dead).update('l1', (lamp) => ({ ...lamp, watts: 3 })))
    await asAda(() => lampsOf(dead).remove('l2'))
    expect(await entriesOf()).toEqual([])
    // Nobody sees the one that was removed, though it is still there.
    expect((await lampsOf(dying()).find()).items.map(({ document }) => document)).toEqual([
      { id: 'l1', watts: 3 },
    ])
    audit.relay.start([lamps])
    await clock.pass(10_000)
    expect((await entriesOf()).map(({ resource }) => resource).toSorted()).toEqual([
      'desk-lamps/l1',
      'desk-lamps/l1',
      'desk-lamps/l2',
      'desk-lamps/l2',
    ])
    expect(await audit.trail.verify('acme')).toEqual({ isIntact: true, entries: 4 })
    expect(
      await raw
        .organization('acme')
        .collection({ ...lamps, audit: 'none' })
        .count(),
    ).toBe(1)
  })
})

/** A store whose audit cannot be written. */
const unwritableAudit =
  (of: Store): Store['organization'] =>
  (orgId) => {
    const inner = of.organization(orgId)
    return {
      orgId,
      collection(spec) {
        if (spec.name === auditCollection.name) throw new Error('killed')
        return inner.collection(spec)
      },
    }
  }

test('many at once, by several instances, are each in the chain once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ lamp: fc.nat(3), watts: fc.nat(9) }), { maxLength: 30 }),
      async (steps) => {
        const before = (await entriesOf()).length
        const instances = [store, openAudit({ store: raw, clock, log: silentLogger, random: () => 1 }).store]
        let changes = 0
        await Promise.all(
          steps.map(({ lamp, watts }, n) =>
            asAda(async () => {
              const of = lampsOf(instances[n % 2])
              const id = `l${lamp}`
              const outcome =
                watts === 0
                  ? await of.remove(id)
                  : (await of.insert({ id, watts: watts + n * 10 })).kind === 'inserted' ||
                    (await of.update(id, (found) => ({ ...found, watts: watts + n * 10 }))).kind ===
                      'replaced'
              if (outcome) changes += 1
            }),
          ),
        )
        expect(await entriesOf()).toHaveLength(before + changes)
        expect(await audit.trail.verify('acme')).toMatchObject({ isIntact: true })
      },
    ),
    { seed: 20260105, numRuns: 15 },
  )
}, 60_000)

describe('verify', () => {
  beforeEach(async () => {
    for (let n = 1; n <= 5; n += 1) await asAda(() => lampsOf().insert({ id: `l${n}`, watts: n }))
  })
  const kept = () => raw.organization('acme').collection(auditCollection)

  test('finds nothing wrong with what is as it was written', async () => {
    expect(await audit.trail.verify('acme')).toEqual({ isIntact: true, entries: 5 })
    expect(await audit.trail.verify('nobody')).toEqual({ isIntact: true, entries: 0 })
  })

  test.each(['resource', 'address', 'hash', 'previous', 'at', 'noteId'] as const)(
    'names the first entry whose %s was changed',
    async (field) => {
      for (const seq of [3, 5])
        await kept().update(entryId(seq), (entry) => ({ ...entry, [field]: entry.at.replace('2', '1') }))
      expect(await audit.trail.verify('acme')).toEqual({
        isIntact: false,
        entries: 5,
        firstBroken: entryId(3),
      })
    },
  )

  test.each([1, 3, 5])('names entry %i when it was taken out', async (seq) => {
    await kept().remove(entryId(seq))
    expect(await audit.trail.verify('acme')).toEqual({
      isIntact: false,
      entries: 4,
      firstBroken: entryId(seq),
    })
  })

  test('does not take a chain that was written anew from some entry on for the one that was', async () => {
    const other = openAudit({ store: raw, clock, log: silentLogger, random: () => 1 })
    for (const seq of [4, 5]) await kept().remove(entryId(seq))
    for (const n of [4, 5])
      await whileAudited({ ...ada, actor: { kind: 'user', id: 'eve' } }, () =>
        other.store
          .organization('acme')
          .collection(lamps)
          .insert({ id: `m${n}`, watts: n }),
      )
    expect(await audit.trail.verify('acme')).toMatchObject({ isIntact: false })
  })
})

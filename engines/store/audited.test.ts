/** A store whose changes are audited is a store like any other, whether anybody is making them or not. */
import { AuditedStore } from '../../nodes/platform/kit/audit/audited-store.ts'
import { type AuditScope, whileAudited } from '../../nodes/platform/kit/audit/scope.ts'
import { systemClock } from '../../nodes/platform/clock.ts'
import type { Collection, CollectionSpec, Document, Store } from '../../nodes/platform/store/port.ts'
import { describeStoreContract, type StoreUnderTest } from '../../nodes/platform/store/store.contract.ts'
import { openSqliteStore } from './sqlite.ts'
import { temporaryDirectory } from './testing/processes.ts'

const scope: AuditScope = {
  actor: { kind: 'user', id: 'ada' },
  orgId: 'acme',
  permission: 'modules:iot:things:update',
  address: '203.0.113.7',
  requestId: 'r',
}

/** Every call is an operation of its own. */
function byOperations(store: Store): Store {
  const audited = <T extends Document>(collection: Collection<T>): Collection<T> => ({
    insert: (document) => whileAudited(scope, () => collection.insert(document)),
    insertInOrder: (documents) => whileAudited(scope, () => collection.insertInOrder(documents)),
    get: (id) => collection.get(id),
    find: (filter, options) => collection.find(filter, options),
    count: (filter) => collection.count(filter),
    replace: (document, version) => whileAudited(scope, () => collection.replace(document, version)),
    upsert: (document) => whileAudited(scope, () => collection.upsert(document)),
    update: (id, change) => whileAudited(scope, () => collection.update(id, change)),
    remove: (id, version) => whileAudited(scope, () => collection.remove(id, version)),
    removeMany: (filter) => whileAudited(scope, () => collection.removeMany(filter)),
    claim: (filter, lease, options) => collection.claim(filter, lease, options),
    release: (id, owner) => collection.release(id, owner),
    renew: (id, lease) => collection.renew(id, lease),
    near: (point, options) => collection.near(point, options),
  })
  return {
    organization(orgId) {
      const organization = store.organization(orgId)
      return {
        orgId,
        collection: <T extends Document>(spec: CollectionSpec<T>) => audited(organization.collection(spec)),
      }
    },
    platform: (spec) => audited(store.platform(spec)),
    everywhere: (spec, filter, options) => store.everywhere(spec, filter, options),
    claimEverywhere: (spec, filter, lease, options) => store.claimEverywhere(spec, filter, lease, options),
    bytesOf: (orgId) => store.bytesOf(orgId),
    probe: () => store.probe(),
    close: () => store.close(),
  }
}

const open = (presented: (store: Store) => Store) => async (): Promise<StoreUnderTest> => {
  const { path: directory, remove } = await temporaryDirectory()
  const openIt = async (): Promise<Store> => {
    const store = await openSqliteStore({ directory })
    // Notes stay where they are: the relay would give documents a version more.
    return presented(
      new AuditedStore({
        store,
        clock: systemClock,
        bring: async () => undefined,
        tidy: () => undefined,
        leftOut: () => undefined,
        isBrought: () => false,
      }),
    )
  }
  const store = await openIt()
  let current = store
  return {
    store,
    reopen: async () => {
      await current.close()
      current = await openIt()
      return current
    },
    close: async () => {
      await current.close()
      await remove()
    },
  }
}

describeStoreContract(
  'An audited store that nobody changes by operations',
  open((store) => store),
)
describeStoreContract('An audited store', open(byOperations))

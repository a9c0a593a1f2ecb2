import type { Store } from '../../nodes/platform/store/port.ts'
import { openSqliteStore } from './sqlite.ts'
import { describeStoreContract } from '../../nodes/platform/store/store.contract.ts'
import type { StoreUnderTest } from '../../nodes/platform/store/store.contract.ts'
import { temporaryDirectory } from './testing/processes.ts'

const open =
  (isDedicated: (orgId: string) => boolean, syncsBeside = false) =>
  async (): Promise<StoreUnderTest> => {
    const { path: directory, remove } = await temporaryDirectory()
    const store = await openSqliteStore({ directory, isDedicated, syncsBeside })
    let current: Store = store
    return {
      store,
      reopen: async () => {
        await current.close()
        current = await openSqliteStore({ directory, isDedicated, syncsBeside })
        return current
      },
      close: async () => {
        await current.close()
        await remove()
      },
    }
  }

describeStoreContract(
  'SQLite, organizations pooled,',
  open(() => false),
)
describeStoreContract(
  'SQLite, one organization dedicated,',
  open((orgId) => orgId === 'other'),
)
describeStoreContract(
  'SQLite, synced beside the event loop,',
  open((orgId) => orgId === 'other', true),
)

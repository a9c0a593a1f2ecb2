import { StoreUnavailable } from '../../../nodes/platform/store/errors.ts'
import { troubleOf } from '../../mongo/trouble.ts'

/** Runs what talks to the server; its trouble, and what is asked of a closed store, rejects with StoreUnavailable. */
export async function guarded<R>(isClosed: () => boolean, run: () => Promise<R>): Promise<R> {
  if (isClosed()) throw new StoreUnavailable('closed')
  try {
    return await run()
  } catch (error) {
    const reason = isClosed() ? 'closed' : troubleOf(error)
    throw reason === undefined ? error : new StoreUnavailable(reason, error)
  }
}

import { describe, expect, test } from 'vitest'
import type { Identity } from '../../identity/domain.ts'
import type { Outputs } from '../../platform/kit/node-definition.ts'
import { StoreUnavailable } from '../../platform/store/errors.ts'
import type { QuotasInForce } from '../../quotas/domain.ts'
import guard from './node.ts'

/** What the guard gives out for a request while looking up who calls fails like this. */
async function guarded(failure: Error): Promise<Outputs | undefined> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that it comes to before the failure
  const identity = { authenticate: () => Promise.reject(failure) } as unknown as Identity
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- likewise
  const quotas = { callWaitSeconds: () => undefined } as unknown as QuotasInForce
  const { process } = guard.definition.start({
    config: { operation: '', permission: 'signed-in', bodySchema: '' },
    needed: { http: { operations: { find: () => undefined, all: () => [] } }, identity, quotas },
    nodeId: 'n1',
    name: 'guard',
    emit: () => undefined,
    status: () => undefined,
    fault: () => undefined,
    serveHttp: () => undefined,
  })
  const req = { ip: '203.0.113.7', header: () => undefined, headers: {} }
  return process?.([], { req, res: { _res: {} }, payload: '' })
}

describe('a guard that cannot look up who calls', () => {
  test('because the store is away refuses with 503, and says when to try again', async () => {
    const refused = { kind: 'problem', problem: { status: 503 }, headers: { 'retry-after': '1' } }
    expect(await guarded(new StoreUnavailable('io'))).toMatchObject([[], [refused]])
  })

  test('because of a bug fails, for the catch node', async () => {
    await expect(guarded(new TypeError('x is not a function'))).rejects.toThrow('x is not a function')
  })
})

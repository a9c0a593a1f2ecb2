import type { ExpressionPool } from './pool.ts'

/** For nodes under test that are given no expression. */
export const idlePool: ExpressionPool = {
  suspended: [],
  onSuspension: () => () => undefined,
  isSuspended: () => false,
  hasRoom: () => true,
  whenRoom: () => Promise.resolve(true),
  submit() {
    throw new Error('nothing was to be evaluated')
  },
}

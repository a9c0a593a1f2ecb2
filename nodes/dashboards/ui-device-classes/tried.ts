import type { ResultOf } from '../../../client/index.ts'
import type { tryDeviceClass } from '../../../client/generated/operations.ts'

/** What came of a message that a class was tried on. */
export type Tried = ResultOf<NonNullable<(typeof tryDeviceClass)['of']>>['items'][number]

import { MongoBulkWriteError, MongoNetworkError, MongoServerError, MongoTopologyClosedError } from 'mongodb'
import { expect, it } from 'vitest'

import { troubleOf } from './trouble.ts'

it.each([
  ['a connection that broke', new MongoNetworkError('reset'), 'io'],
  ['a primary that stepped down', new MongoServerError({ message: 'x', code: 10_107 }), 'io'],
  ['a full disk', new MongoServerError({ message: 'x', code: 14_031 }), 'full'],
  ['a majority that did not confirm', new MongoServerError({ message: 'x', code: 64 }), 'busy'],
  ['a client that was closed', new MongoTopologyClosedError('closed'), 'closed'],
  ['a socket that the server has ended', Object.assign(new Error('ended'), { code: 'EPIPE' }), 'io'],
  ['a taken key', new MongoServerError({ message: 'x', code: 11_000 }), undefined],
  ['a mistake of ours', new MongoServerError({ message: 'x', code: 2 }), undefined],
  ['another error', new TypeError('x'), undefined],
])('takes %s for what it is', (_what, error, trouble) => {
  expect(troubleOf(error)).toBe(trouble)
})

it.each([new MongoNetworkError('reset'), Object.assign(new Error('ended'), { code: 'EPIPE' })])(
  'looks into the error of a bulk write for what ended it: %s',
  (broken) => {
    // @ts-expect-error The driver does so, against its own types.
    expect(troubleOf(new MongoBulkWriteError(broken, {}))).toBe('io')
  },
)

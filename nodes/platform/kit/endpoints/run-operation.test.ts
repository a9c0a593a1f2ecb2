import { describe, expect, test } from 'vitest'
import { InvalidCursor } from '../invalid-cursor.ts'
import { StoreUnavailable } from '../../store/errors.ts'
import { problemOfFailure } from './run-operation.ts'

describe('an operation that throws', () => {
  test('over a cursor is answered with 400, naming it', () => {
    expect(problemOfFailure(new InvalidCursor('cut'))).toMatchObject({
      problem: { status: 400, errors: [{ path: 'query.cursor' }] },
    })
  })

  test('over an engine that is away is answered with 503, and when to try again', () => {
    expect(problemOfFailure(new StoreUnavailable('busy'))).toMatchObject({
      problem: { status: 503 },
      headers: { 'retry-after': '1' },
    })
  })

  test('over anything else is a bug of ours, and is not answered with its text', () => {
    expect(problemOfFailure(new TypeError('x is not a function'))).toBeUndefined()
  })
})

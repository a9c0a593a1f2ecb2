import { expect, test } from 'vitest'
import { z } from 'zod'
import { invalid, problem, problemOfIssues, problemSchema, unreadable } from './problem.ts'

test('a problem has its status in words', () => {
  expect(problem(404, 'no such device')).toEqual({
    type: 'about:blank',
    title: 'Not found',
    status: 404,
    detail: 'no such device',
  })
  expect(problem(418)).toEqual({ type: 'about:blank', title: 'Error', status: 418 })
})

test('a kind says what the status does not, and an empty list of errors is left out', () => {
  expect(problem(403, 'foreign page', [], 'cross-site')).toEqual({
    type: 'urn:fleetloom:problem:cross-site',
    title: 'Not allowed',
    status: 403,
    detail: 'foreign page',
  })
})

test('what cannot be read is 400, what breaks a rule 422; both name the field', () => {
  const errors = [{ path: 'query.from', message: 'is after query.to' }]
  const field = { type: 'urn:fleetloom:problem:validation', detail: 'query.from: is after query.to', errors }
  expect(unreadable('query.from', 'is after query.to')).toEqual({
    ...field,
    status: 400,
    title: 'Bad request',
  })
  expect(invalid('query.from', 'is after query.to')).toEqual({
    ...field,
    status: 422,
    title: 'Not processable',
  })
})

test('the issues of a schema are named with the part that they are in', () => {
  const schema = z.object({ ports: z.array(z.object({ port: z.int() })), name: z.string() })
  const { error } = schema.safeParse({ ports: [{ port: 1 }, { port: 'x' }] })
  const found = problemOfIssues('body', error?.issues ?? [])
  expect(found).toMatchObject({ status: 400, type: 'urn:fleetloom:problem:validation' })
  expect(found.errors?.map(({ path }) => path)).toEqual(['body.ports.1.port', 'body.name'])
  expect(found.detail).toContain('body.ports.1.port: ')
  expect(problemSchema.parse(found)).toEqual(found)
})

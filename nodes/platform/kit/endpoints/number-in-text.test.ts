import { expect, test } from 'vitest'
import { z } from 'zod'
import { wholeNumber } from './number-in-text.ts'

const query = z.object({
  port: wholeNumber(z.int().min(-5).max(1023)),
  limit: wholeNumber(z.int().min(1).max(100).default(50)),
  page: wholeNumber(z.int().min(0).max(9).optional()),
})

test('digits are a number', () => {
  expect(query.parse({ port: '0', limit: '007' })).toEqual({ port: 0, limit: 7 })
  expect(query.parse({ port: '-5', page: '9' })).toEqual({ port: -5, limit: 50, page: 9 })
})

test.each([
  '',
  ' ',
  ' 1',
  '1 ',
  '+1',
  '-',
  '0x1',
  '1e1',
  '1.0',
  '1,0',
  'Infinity',
  'NaN',
  'true',
  'null',
  '1024',
  '-6',
  '１',
  '99999999999999999999',
  undefined,
  ['1'],
])('%j is none of this range', (port) => {
  expect(query.safeParse({ port }).success).toBe(false)
})

test('what may be left out may not be empty', () => {
  expect(query.safeParse({ port: '1', limit: '' }).success).toBe(false)
  expect(query.safeParse({ port: '1', page: '' }).success).toBe(false)
})

test('it is described as a number, and said to be needed where it is', () => {
  expect(z.toJSONSchema(query, { io: 'input' })).toMatchObject({
    properties: {
      port: { type: 'integer', minimum: -5, maximum: 1023 },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 50 },
    },
    required: ['port'],
  })
})

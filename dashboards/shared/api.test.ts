import { afterEach, describe, expect, type Mock, test, vi } from 'vitest'
import { Api, clockOffset, reasonFor } from './api.ts'

const never = new AbortController().signal

function answerWith(...answers: readonly (Response | Error)[]): Mock<typeof fetch> {
  const rest = [...answers]
  const fake = vi.fn<typeof fetch>(async () => {
    const next = rest.shift() ?? new Response('{}')
    if (next instanceof Error) throw next
    return next
  })
  vi.stubGlobal('fetch', fake)
  return fake
}

afterEach(() => vi.unstubAllGlobals())

describe('the API', () => {
  test('is asked for one organization', async () => {
    const fake = answerWith(Response.json({ fine: true }))
    const answer = await new Api('demo', never).get('/devices', { limit: '5' })
    expect(answer).toEqual({ kind: 'answered', body: { fine: true } })
    expect(fake).toHaveBeenCalledWith(
      '/api/v1/devices?limit=5',
      expect.objectContaining({ headers: { 'X-Organization': 'demo' } }),
    )
  })

  test('names no organization for users who have only one', async () => {
    const fake = answerWith(Response.json({}))
    await new Api(undefined, never).get('/me')
    expect(fake).toHaveBeenCalledWith('/api/v1/me', expect.objectContaining({ headers: {} }))
  })

  test('follows the cursors of a list', async () => {
    const fake = answerWith(
      Response.json({ items: [1, 2], nextCursor: 'a b' }),
      Response.json({ items: [3] }),
    )
    expect(await new Api('demo', never).all('/devices', {}, 10)).toEqual({
      kind: 'answered',
      body: [1, 2, 3],
    })
    expect(fake.mock.calls[1]?.[0]).toBe('/api/v1/devices?cursor=a+b')
  })

  test('ends a list that has no end', async () => {
    const fake = answerWith(
      ...Array.from({ length: 9 }, () => Response.json({ items: [1], nextCursor: 'again' })),
    )
    await new Api('demo', never).all('/devices', {}, 3)
    expect(fake).toHaveBeenCalledTimes(3)
  })

  test('says why it has no answer, with the request to look for', async () => {
    answerWith(
      new Response('{}', { status: 500, headers: { 'X-Request-Id': 'r-1' } }),
      new TypeError('refused'),
    )
    const api = new Api('demo', never)
    expect(await api.get('/me')).toEqual({ kind: 'failed', reason: 'broken', requestId: 'r-1' })
    expect(await api.get('/me')).toEqual({ kind: 'failed', reason: 'unreachable', requestId: undefined })
  })

  test.each([
    [401, 'signed-out'],
    [403, 'forbidden'],
    [404, 'missing'],
    [503, 'broken'],
  ])('%d means %s', (status, reason) => {
    expect(reasonFor(status)).toBe(reason)
  })
})

test('the platform’s clock counts when this one is clearly wrong', () => {
  const localMs = Date.parse('2026-11-21T12:00:00Z')
  expect(clockOffset('Sat, 21 Nov 2026 12:10:00 GMT', localMs)).toBe(600_000)
  expect(clockOffset('Sat, 21 Nov 2026 11:59:58 GMT', localMs)).toBe(0)
  expect(clockOffset(null, localMs)).toBe(0)
})

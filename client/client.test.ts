import { describe, expect, expectTypeOf, test } from 'vitest'
import { address, Client, clockOffset } from './client.ts'
import { bearer, tokens } from './credentials.ts'
import { CallFailed } from './failure.ts'
import { createCommand, createDevice, getDevice, listDevices, listReadings } from './generated/operations.ts'

interface Asked {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Headers
  readonly body: unknown
}

const textOf = (url: Parameters<typeof fetch>[0]): string =>
  url instanceof Request ? url.url : url.toString()

/** A platform that gives these answers, one after the other, the last for ever. */
function platform(...answers: (() => Response)[]): { readonly fetch: typeof fetch; readonly asked: Asked[] } {
  const asked: Asked[] = []
  return {
    asked,
    fetch: (url, init) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)]
      asked.push({
        url: textOf(url),
        method: init?.method,
        headers: new Headers(init?.headers),
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
      })
      return Promise.resolve().then(() => answer?.() ?? Response.error())
    },
  }
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
const refusal = (status: number, headers: Record<string, string> = {}) =>
  json({ type: 'about:blank', title: 'No', status, detail: 'because' }, status, {
    'content-type': 'application/problem+json',
    ...headers,
  })
const down = (): Response => {
  throw new TypeError('fetch failed')
}
const failureOf = async (doing: Promise<unknown>): Promise<CallFailed> => {
  const error: unknown = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof CallFailed) return error
  throw new Error('it did not fail as a call does', { cause: error })
}

describe('a call', () => {
  test('goes where its operation is, with everything it says', async () => {
    const { fetch, asked } = platform(json({ command: {} }, 202))
    const client = new Client({ url: 'http://iot', credentials: bearer('t'), organization: 'acme', fetch })

    await client.call(createCommand, { params: { id: 'a/b' }, body: { action: 'on' } })

    expect(asked[0]).toMatchObject({
      url: 'http://iot/api/v1/devices/a%2Fb/commands',
      method: 'POST',
      body: { action: 'on' },
    })
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
      authorization: 'Bearer t',
      'content-type': 'application/json',
      'x-organization': 'acme',
    })
  })

  test('is typed by the schemas of the API', async () => {
    const { fetch, asked } = platform(json({ lastSeen: null }))
    const client = new Client({ fetch })
    const { lastSeen } = await client.call(getDevice, { params: { id: 'x' } })
    expectTypeOf(lastSeen).toEqualTypeOf<string | null>()
    // @ts-expect-error a device has an id
    expect((): unknown => client.fetch(getDevice, {})).toBeTypeOf('function')
    // @ts-expect-error numbers are numbers
    expect((): unknown => client.call(listDevices, { query: { limit: 'ten' } })).toBeTypeOf('function')
    // @ts-expect-error a new device has a class
    expect((): unknown => client.call(createDevice, { body: { name: 'x' } })).toBeTypeOf('function')
    expect(asked).toHaveLength(1)
  })

  test('leaves out what is undefined, and says when a part of the path is missing', () => {
    expect(address('/d/:id', { id: 7 }, { from: '2026-01-01', to: undefined, port: 0 })).toBe(
      '/d/7?from=2026-01-01&port=0',
    )
    expect(() => address('/d/:id', {}, {})).toThrow('/d/:id needs id')
  })
})

describe('a failure', () => {
  test.each([
    [401, 'signed-out'],
    [403, 'forbidden'],
    [404, 'missing'],
    [422, 'refused'],
    [500, 'broken'],
  ] as const)('by %i is known as %s, with what the platform says', async (status, reason) => {
    const { fetch } = platform(refusal(status, { 'x-request-id': 'r-1' }))
    const failure = await failureOf(new Client({ fetch }).call(getDevice, { params: { id: 'x' } }))
    expect(failure).toMatchObject({ reason, requestId: 'r-1', message: 'because', problem: { status } })
  })

  test('that is no problem document is one all the same', async () => {
    const { fetch } = platform(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
    const failure = await failureOf(new Client({ fetch }).call(getDevice, { params: { id: 'x' } }))
    expect(failure).toMatchObject({ reason: 'broken', problem: undefined })
  })

  test('of the network, of busyness and of an engine that is down is tried again where that does no harm', async () => {
    const { fetch, asked } = platform(down, refusal(503, { 'retry-after': '0' }), json({ id: 'x' }))
    await new Client({ fetch }).call(getDevice, { params: { id: 'x' } })
    expect(asked).toHaveLength(3)

    const busy = platform(refusal(429, { 'retry-after': '0' }))
    expect(await failureOf(new Client(busy).call(getDevice, { params: { id: 'x' } }))).toMatchObject({
      reason: 'busy',
      retryAfterMs: 0,
    })
    expect(busy.asked).toHaveLength(3)
  })

  test('of a POST is final, unless it has a key by which it happens once', async () => {
    const request = { params: { id: 'x' }, body: { action: 'on' } }
    const { fetch, asked } = platform(down)
    expect((await failureOf(new Client({ fetch }).call(createCommand, request))).reason).toBe('unreachable')
    expect(asked).toHaveLength(1)

    const keyed = platform(refusal(503, { 'retry-after': '0' }), json({ command: {} }, 202))
    await new Client(keyed).call(createCommand, request, { idempotencyKey: 'k' })
    expect(keyed.asked.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['k', 'k'])
  })

  test('is no such thing when the caller gives up', async () => {
    const { fetch } = platform(down)
    const call = new Client({ fetch }).call(
      getDevice,
      { params: { id: 'x' } },
      { signal: AbortSignal.abort() },
    )
    await expect(call).rejects.toThrow(/abort/i)
  })
})

describe('tokens', () => {
  const pair = { accessToken: 'old', refreshToken: 'r1' }
  const renewed = json({ accessToken: 'new', refreshToken: 'r2' })

  test('that have expired are renewed once for all calls that were refused together', async () => {
    const renewals: string[] = []
    let refreshes = 0
    const fetch: typeof globalThis.fetch = (url, init) => {
      if (textOf(url).endsWith('/auth/refresh')) {
        refreshes += 1
        return Promise.resolve(renewed())
      }
      const isNew = new Headers(init?.headers).get('authorization') === 'Bearer new'
      return Promise.resolve(isNew ? json({ id: 'x' })() : refusal(401)())
    }
    const credentials = tokens({
      url: '',
      tokens: pair,
      fetch,
      onRenewed: ({ refreshToken }) => void renewals.push(refreshToken),
    })
    const client = new Client({ credentials, fetch })
    const ids = ['x', 'y', 'z']
    await Promise.all(ids.map((id) => client.call(getDevice, { params: { id } })))
    expect({ refreshes, renewals, token: credentials.token }).toEqual({
      refreshes: 1,
      renewals: ['r2'],
      token: 'new',
    })
  })

  test('that cannot be renewed leave the caller signed out', async () => {
    const { fetch, asked } = platform(refusal(401))
    const credentials = tokens({ url: '', tokens: pair, fetch })
    const call = new Client({ credentials, fetch }).call(getDevice, { params: { id: 'x' } })
    expect((await failureOf(call)).reason).toBe('signed-out')
    expect(asked.map(({ url }) => url)).toEqual(['/api/v1/devices/x', '/api/v1/auth/refresh'])
  })
})

describe('a list', () => {
  const pages = (): ReturnType<typeof platform> =>
    platform(json({ items: [{ port: 1 }, { port: 2 }], nextCursor: 'c+1' }), json({ items: [{ port: 3 }] }))

  test('is read to its end, cursor by cursor', async () => {
    const { fetch, asked } = pages()
    const request = { params: { id: 'x' }, query: { limit: 2 } }
    const items = await new Client({ fetch }).all(listReadings, request)
    expect(items).toEqual([{ port: 1 }, { port: 2 }, { port: 3 }])
    expect(asked.map(({ url }) => new URL(url, 'http://x').search)).toEqual([
      '?limit=2',
      '?limit=2&cursor=c%2B1',
    ])
  })

  test('is asked for no further than it is read', async () => {
    const { fetch, asked } = pages()
    const client = new Client({ fetch })
    expect(await client.all(listReadings, { params: { id: 'x' } }, { most: 2 })).toHaveLength(2)
    expect(asked).toHaveLength(1)
  })
})

test("the platform's clock counts where this one is wrong by more than an answer takes", () => {
  const localMs = Date.parse('2026-11-21T12:00:00Z')
  expect(clockOffset('Sat, 21 Nov 2026 12:00:02 GMT', localMs)).toBe(0)
  expect(clockOffset('Sat, 21 Nov 2026 13:00:00 GMT', localMs)).toBe(3_600_000)
  expect(clockOffset(null, localMs)).toBe(0)
})

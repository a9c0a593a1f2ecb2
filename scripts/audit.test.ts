import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { audit, tallyOfAudit } from './audit.ts'
import { type Exception, judgeAudit } from './audit-report.ts'

const id = 'GHSA-aaaa-bbbb-cccc'
const advisory = {
  url: `https://github.com/advisories/${id}`,
  title: 'ws can be made to wait',
  severity: 'high',
}
const found = {
  vulnerabilities: { ws: { via: [advisory] }, 'socket.io': { via: ['ws'] } },
}
const clean = { vulnerabilities: {} }
const finding = `ws: ws can be made to wait (high, ${advisory.url})`
const known: Exception = { advisory: id, why: 'no socket of ours takes what it needs', until: '2026-06-30' }

describe('what an audit comes to', () => {
  it.each([
    ['nothing known', clean, [], []],
    ['an advisory, named once however many packages it is in', found, [], [finding]],
    ['an advisory that is excepted', found, [known], []],
    [
      'an exception whose day is past',
      found,
      [{ ...known, until: '2026-06-28' }],
      [`${id}: the exception ended on 2026-06-28`],
    ],
    ['an exception for nothing', clean, [known], [`${id}: the exception is for nothing any more`]],
  ])('%s', (_, report, exceptions, findings) => {
    expect(judgeAudit(report, exceptions, '2026-06-29')).toEqual({ kind: 'audited', findings })
  })

  it('fails for findings, and in CI where nobody could be asked who should know', () => {
    const offline = { kind: 'unknown', why: 'ECONNREFUSED', hasAudit: true } as const
    const mirror = { kind: 'unknown', why: '405 Method Not Allowed', hasAudit: false } as const
    expect(tallyOfAudit({ kind: 'audited', findings: [] }, true)).toMatchObject({ passed: 1, failures: [] })
    expect(tallyOfAudit({ kind: 'audited', findings: ['x'] }, false).failures).toEqual([
      'audit of packages: x',
    ])
    expect(tallyOfAudit(offline, true).failures).toEqual(['audit of packages: ECONNREFUSED'])
    expect(tallyOfAudit(offline, false)).toMatchObject({
      failures: [],
      skipped: ['audit of packages: ECONNREFUSED'],
    })
    expect(tallyOfAudit(mirror, true)).toMatchObject({
      failures: [],
      skipped: [expect.stringContaining('405')],
    })
  })
})

describe('npm, asking', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  /** A registry that answers so when it is asked for advisories, and knows no package. */
  async function registry(status: number, advisories: object): Promise<string> {
    server = createServer((request, response) => {
      const isAsked = request.method === 'POST' && request.url?.endsWith('/advisories/bulk') === true
      request.resume().on('end', () => {
        response.writeHead(isAsked ? status : 404, { 'content-type': 'application/json' })
        response.end(JSON.stringify(isAsked ? advisories : {}))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  it('a registry that knows of something is told of what is in the lock', async () => {
    const ws = [{ id: 1, ...advisory, vulnerable_versions: '<99.0.0', cwe: [], cvss: { score: 7.5 } }]
    const verdict = await audit({ registry: await registry(200, { ws }), exceptions: [] })
    expect(verdict).toEqual({ kind: 'audited', findings: [finding] })
  }, 60_000)

  it('a registry that knows of nothing has nothing to say', async () => {
    expect(await audit({ registry: await registry(200, {}), exceptions: [] })).toEqual({
      kind: 'audited',
      findings: [],
    })
  }, 60_000)

  it('a registry without advisories is told from one that cannot be reached', async () => {
    expect(await audit({ registry: await registry(405, {}) })).toMatchObject({
      kind: 'unknown',
      hasAudit: false,
    })
    expect(await audit({ registry: 'http://127.0.0.1:1' })).toMatchObject({ kind: 'unknown', hasAudit: true })
  }, 60_000)
})

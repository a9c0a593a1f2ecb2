import { describe, expect, it } from 'vitest'
import { factsOf, judgeServer, type ServerFacts } from './durability.ts'

const good: ServerFacts = {
  version: '7.0.15',
  evictionPolicy: 'noeviction',
  isAppendOnly: true,
  appendSync: 'always',
}

describe('whether a server keeps what it has answered', () => {
  it.each<[string, Partial<ServerFacts>, boolean, string]>([
    ['syncs before each answer', {}, false, 'durable by answer'],
    ['can be waited for', { version: '7.2.0', appendSync: 'everysec' }, false, 'durable by wait'],
    [
      'does not tell, and can be waited for',
      { version: '8.0.1', appendSync: undefined },
      false,
      'durable by wait',
    ],
    ['does not tell, and is trusted', { appendSync: undefined }, true, 'durable by answer'],
    ['does not tell', { appendSync: undefined }, false, 'setting that trusts'],
    [
      'answers before it syncs, trusted or not',
      { appendSync: 'everysec' },
      true,
      'CONFIG SET appendfsync always',
    ],
    ['never syncs', { appendSync: 'no' }, false, 'CONFIG SET appendfsync always'],
    ['keeps no file', { isAppendOnly: false }, true, 'CONFIG SET appendonly yes'],
    ['does not tell of its file', { isAppendOnly: undefined }, true, 'CONFIG SET appendonly yes'],
    ['may evict', { evictionPolicy: 'volatile-lru' }, true, 'CONFIG SET maxmemory-policy noeviction'],
    ['does not tell whether it evicts', { evictionPolicy: undefined }, true, 'maxmemory-policy is unknown'],
    ['is too old', { version: '6.2.14' }, false, '7.0 or newer'],
  ])('one that %s', (_, facts, trusted, expected) => {
    const verdict = judgeServer({ ...good, ...facts }, trusted)
    const said = verdict.kind === 'durable' ? `durable by ${verdict.by}` : verdict.reasons.join('; ')
    expect(said).toContain(expected)
  })

  it('names everything that is amiss at once', () => {
    const verdict = judgeServer(
      { ...good, evictionPolicy: 'allkeys-lru', isAppendOnly: false, appendSync: 'no' },
      false,
    )
    const reasons = verdict.kind === 'refused' ? verdict.reasons : []
    expect(reasons).toEqual(['evict', 'append-only', 'disk'].map((word) => expect.stringContaining(word)))
  })

  it('is read from what INFO says', () => {
    const info =
      '# Server\r\nredis_version:7.2.4\r\n# Memory\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n'
    expect(factsOf(info, 'everysec')).toEqual({
      version: '7.2.4',
      evictionPolicy: 'noeviction',
      isAppendOnly: true,
      appendSync: 'everysec',
    })
    expect(factsOf('', undefined)).toMatchObject({ version: 'unknown', isAppendOnly: undefined })
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SubscriptionIndex } from './subscription-index.ts'
import { filterMatches, isPublishable } from './topic-filter.ts'
import { TopicTrie } from './topic-trie.ts'

const level = fc.constantFrom('', 'a', 'b', '$s', '__proto__')
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'))
const filter = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '/#'),
  )
  .map(([levels, end]) => levels.join('/') + end)

describe('topic filters', () => {
  it.each([
    // MQTT 3.1.1, 4.7.1 and 4.7.2, the specification's own examples.
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'sport/tennis', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/monitor', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/monitor', true],
    ['$SYS/monitor/+', '$SYS/monitor/Clients', true],
  ])('%s on %s: %s', (pattern, name, expected) => {
    const trie = new TopicTrie<true>()
    trie.set(pattern, '', true)
    expect(trie.matches(name)).toBe(expected)
    expect(filterMatches(pattern, name)).toBe(expected)
  })

  it('the tree finds what matching one by one finds, and forgets what is deleted', () => {
    fc.assert(
      fc.property(fc.uniqueArray(filter), fc.uniqueArray(filter), topic, (kept, deleted, name) => {
        const trie = new TopicTrie<string>()
        for (const pattern of [...deleted, ...kept]) trie.set(pattern, 'k', pattern)
        const remaining = kept.filter((pattern) => !deleted.includes(pattern))
        for (const pattern of deleted) trie.delete(pattern, 'k')
        const expected = remaining.filter((pattern) => filterMatches(pattern, name))
        expect(trie.match(name).sort()).toEqual(expected.sort())
        expect(trie.matches(name)).toBe(expected.length > 0)
        expect(trie.size).toBe(remaining.length)
      }),
    )
  })

  it('the index answers the same whether or not it was asked before', () => {
    const change = fc.tuple(fc.boolean(), filter)
    fc.assert(
      fc.property(fc.array(change), topic, (changes, name) => {
        const index = new SubscriptionIndex()
        const held: string[] = []
        for (const [adds, pattern] of changes) {
          if (adds) {
            held.push(pattern)
            index.add(pattern)
          } else {
            const at = held.indexOf(pattern)
            if (at >= 0) held.splice(at, 1)
            index.remove(pattern)
          }
          expect(index.matches(name)).toBe(held.some((other) => filterMatches(other, name)))
        }
        expect(index.filters).toBe(new Set(held).size)
      }),
    )
  })

  it.each(['', '$SYS/x', 'a/+', 'a/#', 'a\0b'])('%j is no topic to publish to', (name) => {
    expect(isPublishable(name)).toBe(false)
  })
})

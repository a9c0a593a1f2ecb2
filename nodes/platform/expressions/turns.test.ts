import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxTurnItems, maxWaitingItems } from './limits.ts'
import { Turns } from './turns.ts'

interface Item {
  readonly orgId: string
  readonly text: string
}
const item = (orgId: string, text = ''): Item => ({ orgId, text })
const never = (): boolean => false

describe('turns', () => {
  test('go round among the organizations, however much one of them has waiting', () => {
    const turns = new Turns<Item>()
    for (let i = 0; i < maxTurnItems * 3; i += 1) turns.add(item('greedy'))
    turns.add(item('modest'))
    const orgIds = Array.from({ length: 4 }, () => {
      const turn = turns.next(never)
      turns.over(turn, turn.length)
      return turn[0]?.orgId
    })
    expect(orgIds).toEqual(['greedy', 'modest', 'greedy', 'greedy'])
    expect(turns.size).toBe(0)
  })

  test('are had by an organization one at a time', () => {
    const turns = new Turns<Item>()
    for (let i = 0; i < maxTurnItems * 2; i += 1) turns.add(item('acme'))
    const first = turns.next(never)
    expect(first).toHaveLength(maxTurnItems)
    expect(turns.next(never)).toEqual([])
    turns.over(first, 1)
    expect(turns.next(never)).toHaveLength(maxTurnItems)
  })

  test('keep the order of each organization, whatever shares a turn and however far it gets', () => {
    const orgs = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(
        fc.array(fc.record({ orgId: orgs, text: fc.string(), isAlone: fc.boolean() })),
        fc.infiniteStream(fc.nat(5)),
        (items, progress) => {
          const turns = new Turns<(typeof items)[number]>()
          for (const each of items) turns.add(each)
          const done: (typeof items)[number][] = []
          for (let turn = turns.next(({ isAlone }) => isAlone); turn.length > 0;) {
            expect(turn.length === 1 || turn.every(({ isAlone }) => !isAlone)).toBe(true)
            const count = Math.min(turn.length, 1 + (progress.next().value ?? 0))
            done.push(...turn.slice(0, count))
            turns.over(turn, count)
            turn = turns.next(({ isAlone }) => isAlone)
          }
          for (const orgId of ['a', 'b', 'c'])
            expect(done.filter((each) => each.orgId === orgId)).toEqual(
              items.filter((each) => each.orgId === orgId),
            )
        },
      ),
    )
  })

  test('pass over who may not begin', () => {
    const turns = new Turns<Item>()
    turns.add(item('suspect'))
    turns.add(item('other'))
    expect(turns.next(never, ({ orgId }) => orgId !== 'suspect')).toEqual([item('other')])
  })

  test('have room for so much of one, and for others all the same', () => {
    const turns = new Turns<Item>()
    for (let i = 0; i < maxWaitingItems; i += 1) turns.add(item('greedy'))
    expect([turns.hasRoom('greedy'), turns.hasRoom('modest')]).toEqual([false, true])
    expect(turns.isHalfEmpty('greedy')).toBe(false)
    for (let done = 0; done < maxWaitingItems / 2; done += maxTurnItems)
      turns.over(turns.next(never), maxTurnItems)
    expect([turns.hasRoom('greedy'), turns.isHalfEmpty('greedy')]).toEqual([true, true])
  })
})

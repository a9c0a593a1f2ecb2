import { describe, expect, test } from 'vitest'
import { httpInGuard } from './http-in-guard.ts'
import { complaints, node } from './rule.fixture.ts'

describe('an http in', () => {
  test('whose requests all pass a guard is fine', () => {
    const flow = [
      node('in', 'http in', [['look', 'see']]),
      node('look', 'change', [['guard']]),
      node('see', 'debug'),
      node('guard', 'guard', [['reply']]),
      node('reply', 'reply'),
    ]
    expect(complaints(httpInGuard, flow)).toEqual([])
  })

  test('with a way around its guard is refused', () => {
    const flow = [
      node('in', 'http in', [['which']]),
      node('which', 'switch', [['guard'], ['reply']]),
      node('guard', 'guard', [['reply']]),
      node('reply', 'reply'),
    ]
    expect(complaints(httpInGuard, flow)).toEqual([
      expect.stringMatching(/^error in: requests get to reply reply without passing a guard\. Put a guard/),
    ])
  })

  test('that makes a platform node work before the guard is refused', () => {
    const flow = [
      node('in', 'http in', [['work']]),
      node('work', 'calibrate', [['guard']]),
      node('guard', 'guard', [['reply']]),
      node('reply', 'reply'),
    ]
    expect(complaints(httpInGuard, flow)).toHaveLength(1)
  })

  test.each(['link out', 'junction'])('is followed through a %s', (type) => {
    const flow = [
      node('in', 'http in', [['pass']]),
      node('pass', type, type === 'junction' ? [['far']] : [], { links: ['far'] }),
      node('far', 'link in', [['reply']]),
      node('reply', 'http response'),
    ]
    expect(complaints(httpInGuard, flow)).toHaveLength(1)
  })

  test('may have its guard in a subflow or behind a link call', () => {
    const subflow = { id: 's', type: 'subflow', name: 'Door' }
    const shared = [
      node('in', 'http in', [['door']]),
      node('back', 'link out', [], { mode: 'return' }),
      node('reply', 'reply'),
    ]
    const guard = node('guard', 'guard', [['back']])
    const bySubflow = [...shared, subflow, { ...guard, z: 's' }, node('door', 'subflow:s', [['reply']])]
    expect(complaints(httpInGuard, bySubflow)).toEqual([])
    const call = node('door', 'link call', [['reply']], { links: ['entry'] })
    const byCall = [...shared, guard, call, node('entry', 'link in', [['guard']])]
    expect(complaints(httpInGuard, byCall)).toEqual([])
    expect(complaints(httpInGuard, [...shared, call, node('entry', 'link in', [['back']])])).toHaveLength(1)
  })

  test('that is disabled is nobody’s door', () => {
    const flow = [node('in', 'http in', [['reply']], { d: true }), node('reply', 'reply')]
    expect(complaints(httpInGuard, flow)).toEqual([])
    const open = [node('in', 'http in', [['reply']]), node('reply', 'reply')]
    expect(complaints(httpInGuard, open, { disabled: true })).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { httpInReply } from './http-in-reply.ts'
import { complaints, node } from './rule.fixture.ts'

const reply = node('reply', 'reply')

describe('an http in', () => {
  test('that is answered on every way is fine, whatever else listens', () => {
    const flow = [
      node('in', 'http in', [['which', 'see']]),
      node('see', 'debug'),
      node('which', 'switch', [['reply'], ['other']]),
      node('other', 'change', [['reply']]),
      reply,
    ]
    expect(complaints(httpInReply, flow)).toEqual([])
  })

  test('with an output on the way that leads nowhere is refused', () => {
    const flow = [
      node('in', 'http in', [['which']]),
      node('which', 'switch', [['reply'], []], { name: 'kind' }),
      reply,
    ]
    expect(complaints(httpInReply, flow)).toEqual([
      'error in: a request can go unanswered: output 2 of switch "kind" leads nowhere. ' +
        'Wire every output on its way on to a reply node.',
    ])
  })

  test('needs no answer behind what a node sends of its own', () => {
    const flow = [
      node('in', 'http in', [['work']]),
      node('work', 'command', [[], ['reply']]),
      node('lost', 'http in', [['own']]),
      node('own', 'command', [['reply'], []]),
      reply,
    ]
    expect(complaints(httpInReply, flow)).toEqual([
      expect.stringContaining('error lost: a request can go unanswered'),
    ])
  })

  test('whose way ends in a node without outputs is refused', () => {
    const flow = [node('in', 'http in', [['see', 'work']]), node('see', 'debug'), node('work', 'store')]
    expect(complaints(httpInReply, flow)).toEqual([expect.stringContaining('store work passes nothing on')])
  })

  test('that is wired to nothing is refused', () => {
    expect(complaints(httpInReply, [node('in', 'http in', [[]])])).toEqual([
      expect.stringContaining('output 1 of http in in leads nowhere'),
    ])
  })

  test('may try again in a loop that has a way out', () => {
    const flow = [
      node('in', 'http in', [['try']]),
      node('try', 'switch', [['reply'], ['wait']]),
      node('wait', 'delay', [['try']]),
      reply,
    ]
    expect(complaints(httpInReply, flow)).toEqual([])
  })

  test('that runs in a circle for ever is refused', () => {
    const flow = [node('in', 'http in', [['a']]), node('a', 'delay', [['a']])]
    expect(complaints(httpInReply, flow)).toEqual([expect.stringContaining('runs in a circle')])
  })

  test('may be answered on another tab', () => {
    const flow = [
      node('in', 'http in', [['out']]),
      node('out', 'link out', [], { links: ['far'] }),
      node('far', 'link in', [['reply']], { z: 'u' }),
      { ...reply, z: 'u' },
      { id: 'u', type: 'tab', label: 'Answers' },
    ]
    expect(complaints(httpInReply, flow)).toEqual([])
  })
})

describe('a request node', () => {
  test('that is answered, let through or refused, is fine', () => {
    const flow = [
      node('in', 'request', [['work'], ['reply']]),
      node('work', 'device', [['reply']]),
      node('reply', 'reply'),
    ]
    expect(complaints(httpInReply, flow)).toEqual([])
  })

  test('whose refusals lead nowhere is refused', () => {
    const flow = [
      node('in', 'request', [['work'], []]),
      node('work', 'device', [['reply']]),
      node('reply', 'reply'),
    ]
    expect(complaints(httpInReply, flow)).toEqual([
      expect.stringContaining('output 2 of request in leads nowhere'),
    ])
  })
})

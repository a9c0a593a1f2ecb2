import { describe, expect, it } from 'vitest'
import { parseOwnerMessage } from './owner.ts'

describe('a message from the owning process', () => {
  it('may have somebody type a code or leave', () => {
    const typed = { type: 'input', deviceId: 'pod-1', input: { kind: 'keypad', code: '123456' } }
    expect(parseOwnerMessage(typed)).toMatchObject({ deviceId: 'pod-1', input: typed.input })
    const left = { type: 'input', deviceId: 'pod-1', input: { kind: 'leave' } }
    expect(parseOwnerMessage(left)).toMatchObject({ deviceId: 'pod-1', input: left.input })
  })

  it.each([
    undefined,
    'stop',
    { type: 'ready' },
    { type: 'input', deviceId: 'd', input: { kind: 'report' } },
  ])('is left alone when it is %j', (message) => {
    expect(parseOwnerMessage(message)).toBeUndefined()
  })
})

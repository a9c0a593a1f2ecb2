import { describe, expect, it } from 'vitest'
import { parseCredentials } from './credentials.ts'

describe('a file of credentials', () => {
  const line = { deviceId: 'd-1', password: 'p', orgId: 'o', classKey: 'sleep-pod' }

  it('has a device a line', () => {
    const text = `${JSON.stringify(line)}\n\n${JSON.stringify({ ...line, deviceId: 'd-2' })}\n`
    expect(parseCredentials(text)).toEqual({ kind: 'members', members: [line, { ...line, deviceId: 'd-2' }] })
  })

  it('names each wrong line', () => {
    const text = [
      'nonsense',
      JSON.stringify({ ...line, classKey: 'toaster' }),
      JSON.stringify(line),
      JSON.stringify(line),
    ]
    expect(parseCredentials(text.join('\n'))).toEqual({
      kind: 'mistakes',
      mistakes: [
        expect.stringMatching(/^line 1: /),
        expect.stringMatching(/^line 2: classKey/),
        'line 4: d-1 is there twice',
      ],
    })
  })

  it('must not be empty', () => {
    expect(parseCredentials('\n')).toMatchObject({ kind: 'mistakes' })
  })
})

import { expect, test } from 'vitest'
import { hexDump, readPayload } from './payload.ts'

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

test('a payload is shown as it was meant', () => {
  expect(readPayload(base64('{"a":[1]}')).text).toBe('{\n  "a": [\n    1\n  ]\n}')
  expect(readPayload(base64('{"a":')).text).toBe('{"a":')
  expect(readPayload(base64('21,5 °C')).text).toBe('21,5 °C')
})

test('what is no text is shown as bytes only', () => {
  expect(readPayload(Buffer.from([0xff, 0xfe, 0x41]).toString('base64'))).toEqual({
    text: undefined,
    hex: '0000  ff fe 41                                         ··A',
  })
  expect(readPayload(base64('a\0b')).text).toBeUndefined()
})

test('bytes stand in lines of sixteen', () => {
  const lines = hexDump(Uint8Array.from({ length: 20 }, (_, index) => 0x41 + index)).split('\n')
  expect(lines).toEqual([
    '0000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP',
    '0010  51 52 53 54                                      QRST',
  ])
  expect(hexDump(new Uint8Array())).toBe('')
})

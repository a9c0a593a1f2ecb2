import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64, toBase64, utf8Bytes, utf8Text } from './bytes.ts'

describe('text of bytes', () => {
  test.each(['', 'plain', 'ü€😀', 'a real \ufffd', '\u0000'])('%j comes back', (text) => {
    expect(utf8Text(utf8Bytes(text))).toBe(text)
    expect(utf8Text(new Uint8Array(utf8Bytes(text)))).toBe(text)
  })

  test.each([
    ['a byte that begins nothing', [0xff]],
    ['a character that is cut', [0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['too long a form', [0xc0, 0xaf]],
    ['a wrong byte beside a real U+FFFD', [0xef, 0xbf, 0xbd, 0xff]],
  ])('%s is no text', (_, bytes) => {
    expect(utf8Text(new Uint8Array(bytes))).toBeUndefined()
  })

  test('a part of a larger buffer is read as that part', () => {
    expect(utf8Text(Uint8Array.from([0x61, 0x62, 0x63]).subarray(1))).toBe('bc')
  })
})

test('any bytes survive base64, also from the middle of a buffer', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(5), (bytes, from) => {
      const part = bytes.subarray(Math.min(from, bytes.length))
      expect([...fromBase64(toBase64(part))]).toEqual([...part])
    }),
  )
})

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { localPath } from './local-path.ts'

test.each(['/', '/editor/', '/dashboard/page?device=AIR-1#chart', '/a%2f%2fb', '/a//b', '/search?next=//x'])(
  '%s stays here',
  (path) => {
    expect(localPath(path)).toBe(path)
  },
)

test.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\nLocation: https://evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  '/a\\b',
  'javascript:alert(1)',
  'evil.example',
  '@evil.example',
  ' //evil.example',
  '',
  undefined,
  ['/a'],
  `/${'x'.repeat(5000)}`,
])('%j does not', (path) => {
  expect(localPath(path)).toBeUndefined()
})

test('whatever comes out leads to this site, whatever went in', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    ':',
    '@',
    '%2f',
    '%5c',
    '\t',
    '\n',
    '?',
    '#',
    'evil.example',
    'http',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((all) => `/${all.join('')}`),
    fc.string(),
  )
  const staysHere = fc.property(text, (given) => {
    const path = localPath(given) ?? '/'
    expect(new URL(path, 'https://ours.example/login').origin).toBe('https://ours.example')
  })
  fc.assert(staysHere, { numRuns: 2000 })
})

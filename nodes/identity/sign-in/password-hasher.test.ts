import { describe, expect, test } from 'vitest'
import { createPasswordHasher, defaultCost } from './password-hasher.ts'

const cheap = createPasswordHasher({ logN: 4, r: 8, p: 1 })

describe('a password', () => {
  test('is right only as it was set', async () => {
    const stored = await cheap.hash('correct horse')
    expect(await cheap.verify('correct horse', stored)).toBe('right')
    expect(await cheap.verify('correct horsf', stored)).toBe('wrong')
    expect(await cheap.verify('', stored)).toBe('wrong')
  })

  test('gives another hash each time', async () => {
    expect(await cheap.hash('x')).not.toBe(await cheap.hash('x'))
  })

  test('is the same however its umlauts were typed', async () => {
    const stored = await cheap.hash('gru\u0308n')
    expect(await cheap.verify('gr\u00fcn', stored)).toBe('right')
  })

  test('is never right without a stored hash', async () => {
    expect(await cheap.verify('x', undefined)).toBe('wrong')
  })

  test('can be checked when it was hashed with other parameters, which shows', async () => {
    const old = await createPasswordHasher({ logN: 3, r: 4, p: 2 }).hash('x')
    expect(await cheap.verify('x', old)).toBe('right')
    expect(cheap.isOutdated(old)).toBe(true)
    expect(cheap.isOutdated(await cheap.hash('x'))).toBe(false)
  })
})

test('the parameters in use take at least 32 MiB', () => {
  expect(128 * defaultCost.r * 2 ** defaultCost.logN).toBeGreaterThanOrEqual(32 * 1024 * 1024)
})

test('an unknown user costs what a known one does', async () => {
  const works: object[] = []
  const passwords = createPasswordHasher(defaultCost, async (_, { length: saltBytes }, keyBytes, cost) => {
    works.push({ saltBytes, keyBytes, ...cost })
    return Buffer.alloc(keyBytes)
  })
  const stored = await passwords.hash('x')
  works.length = 0
  await passwords.verify('y', stored)
  expect(await passwords.verify('y', undefined)).toBe('wrong')
  expect(works).toEqual([
    { saltBytes: 16, keyBytes: 32, ...defaultCost },
    { saltBytes: 16, keyBytes: 32, ...defaultCost },
  ])
})

test.each([
  'plain text',
  '$scrypt$ln=99,r=8,p=1$c2FsdA$a2V5',
  '$scrypt$ln=19,r=8,p=1$c2FsdA$a2V5',
  '$2b$10$abcdefghijklmnopqrstuv',
  '',
])('a hash that is not ours, %j, is an error and no way in', async (stored) => {
  await expect(cheap.verify('x', stored)).rejects.toThrow(/stored password hash/)
})

test('when too many wait, the next is told so at once', async () => {
  const slow = createPasswordHasher({ logN: 10, r: 8, p: 1 })
  const verdicts = await Promise.all(Array.from({ length: 100 }, () => slow.verify('x', undefined)))
  expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(34)
  expect(await slow.verify('x', undefined)).toBe('wrong')
})

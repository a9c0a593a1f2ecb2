import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readCredentialSecret, readJwtSecret } from './secrets.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fleetloom-secrets-'))
})
afterEach(() => rm(dataDir, { recursive: true }))

const path = (): string => join(dataDir, 'secrets.json')

test('the first start makes a secret that only its owner can read, later ones keep it', async () => {
  const secret = await readJwtSecret({ dataDir: join(dataDir, 'new') })
  expect(secret.length).toBeGreaterThanOrEqual(64)
  const file = join(dataDir, 'new', 'secrets.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readJwtSecret({ dataDir: join(dataDir, 'new') })).toBe(secret)
  expect(await readdir(join(dataDir, 'new'))).toEqual(['secrets.json'])
})

test('processes that start at once agree on one', async () => {
  const secrets = await Promise.all(Array.from({ length: 10 }, () => readJwtSecret({ dataDir })))
  expect(new Set(secrets).size).toBe(1)
})

test('a file that others can read is closed to them', async () => {
  await readJwtSecret({ dataDir })
  await chmod(path(), 0o644)
  await readJwtSecret({ dataDir })
  expect((await stat(path())).mode & 0o777).toBe(0o600)
})

test('a configured secret counts, and nothing is written', async () => {
  const configured = 'kT3v9Zr1XqLw8sBn5mYcJ0hUe7aGd2fP'
  expect(await readJwtSecret({ dataDir, configured })).toBe(configured)
  expect(await readdir(dataDir)).toEqual([])
})

test.each([
  ['secret', /JWT_SECRET is too short.*at least 32/],
  ['kT3v9Zr1XqLw8sBn5mYcJ0hUe7aGd2f', /too short/],
  ['changemechangemechangemechangeme', /placeholder/],
  ['your-secret-your-secret-your-secret', /placeholder/],
  ['super-secret-jwt-secret-changeme-default', /placeholder/],
  ['01010101010101010101010101010101010101', /can be guessed/],
  ['abcdefghijklabcdefghijklabcdefghijkl', /can be guessed/],
  ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', /can be guessed/],
])('%s is refused in one line that says what to do', async (configured, message) => {
  await expect(readJwtSecret({ dataDir, configured })).rejects.toThrow(message)
  await expect(readJwtSecret({ dataDir, configured })).rejects.toThrow(/openssl rand/)
  await expect(readJwtSecret({ dataDir, configured })).rejects.not.toThrow(
    new RegExp(`${configured}.*openssl`),
  )
})

test.each(['', '{', '[]', '{"jwtSecret":5}'])(
  'a broken file, %j, is not replaced in silence',
  async (text) => {
    await writeFile(path(), text)
    await expect(readJwtSecret({ dataDir })).rejects.toThrow(/secrets\.json cannot be read/)
    expect(await readFile(path(), 'utf8')).toBe(text)
  },
)

test('a weak secret in the file is refused too', async () => {
  await writeFile(path(), '{"jwtSecret":"secret"}')
  await expect(readJwtSecret({ dataDir })).rejects.toThrow(/secrets\.json is too short/)
})

test('the secret for the credentials of nodes is another, in a file of its own', async () => {
  const secret = await readCredentialSecret({ dataDir })
  expect(secret).not.toBe(await readJwtSecret({ dataDir }))
  expect(await readCredentialSecret({ dataDir })).toBe(secret)
  expect((await stat(join(dataDir, 'credential-secret.json'))).mode & 0o777).toBe(0o600)
  await expect(readCredentialSecret({ dataDir, configured: 'short' })).rejects.toThrow(
    /CREDENTIAL_SECRET is too short/,
  )
  await writeFile(join(dataDir, 'credential-secret.json'), '{}')
  await expect(readCredentialSecret({ dataDir })).rejects.toThrow(/enter the credentials of nodes anew/)
})

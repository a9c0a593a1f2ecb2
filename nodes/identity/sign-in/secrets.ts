import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export interface SecretOptions {
  readonly dataDir: string
  /** What the setting says; used as it is, when it is strong enough. */
  readonly configured?: string | undefined
}

interface KeptSecret {
  readonly setting: string
  readonly file: string
  /** Of the object in the file. */
  readonly property: string
  readonly whenLost: string
}

const jwtSecret: KeptSecret = {
  setting: 'JWT_SECRET',
  file: 'secrets.json',
  property: 'jwtSecret',
  whenLost: 'remove it to sign everybody out',
}
const credentialSecret: KeptSecret = {
  setting: 'CREDENTIAL_SECRET',
  file: 'credential-secret.json',
  property: 'credentialSecret',
  whenLost: 'remove it and node-red/flows_cred.json, and enter the credentials of nodes anew',
}

/** A line for whoever starts the platform. */
export class SecretRefused extends Error {
  override readonly name = 'SecretRefused'
}

const ownerOnly = 0o600
const minLength = 32
const placeholders = [
  'secret',
  'changeme',
  'change-me',
  'change_me',
  'password',
  'example',
  'placeholder',
  'default',
  'your-',
  'jwt',
  'test',
]

/** The secret that access tokens are signed with: `JWT_SECRET`, or one made at the first start and kept. */
export const readJwtSecret = (options: SecretOptions): Promise<string> => readKept(jwtSecret, options)

/** The secret that Node-RED encrypts the credentials of nodes with: `CREDENTIAL_SECRET`, or one made and kept. */
export const readCredentialSecret = (options: SecretOptions): Promise<string> =>
  readKept(credentialSecret, options)

/** The secret as it is. @throws SecretRefused for a weak one */
export const strongJwtSecret = (secret: string): string => strong(secret, jwtSecret.setting)

async function readKept(kept: KeptSecret, { dataDir, configured }: SecretOptions): Promise<string> {
  if (configured !== undefined && configured !== '') return strong(configured, kept.setting)
  const path = join(dataDir, kept.file)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const text = (await readIfThere(path)) ?? (await create(dataDir, path, kept.property))
  const parsed = z.looseObject({ [kept.property]: z.string() }).safeParse(parseJson(text))
  const secret = parsed.data?.[kept.property]
  if (secret === undefined)
    throw new SecretRefused(`${path} cannot be read. Restore it, or ${kept.whenLost}.`)
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, ownerOnly)
  return strong(secret, path)
}

/** Why a secret of programs is too weak: short, made of few characters, one piece over and over, or a placeholder. */
export function weaknessOfSecret(secret: string): 'short' | 'guessable' | undefined {
  if (secret.length < minLength) return 'short'
  const rest = placeholders.reduce((left, word) => left.replaceAll(word, ''), secret.toLowerCase())
  const isGuessable =
    rest.length < minLength / 2 || new Set(secret).size < 10 || periodOf(secret) <= minLength / 2
  return isGuessable ? 'guessable' : undefined
}

/** The length of the piece that, over and over, makes the text: of one that repeats nothing its own. */
const periodOf = (text: string): number => `${text}${text}`.indexOf(text, 1)

function strong(secret: string, where: string): string {
  const advice = 'Make one with: openssl rand -base64 48'
  const weakness = weaknessOfSecret(secret)
  if (weakness === undefined) return secret
  throw new SecretRefused(
    weakness === 'short'
      ? `${where} is too short: it needs at least ${minLength} random characters. ${advice}`
      : `${where} is a placeholder or can be guessed. ${advice}`,
  )
}

/** Two processes may start at once: linking fails for the second, which then reads what the first one wrote. */
async function create(dataDir: string, path: string, property: string): Promise<string> {
  const text = `${JSON.stringify({ [property]: randomBytes(48).toString('base64url') }, undefined, 2)}\n`
  const draft = join(dataDir, `.secrets-${randomBytes(6).toString('hex')}.json`)
  try {
    await using file = await open(draft, 'wx', ownerOnly)
    await file.writeFile(text)
    await file.sync()
    await link(draft, path)
    return text
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return await readFile(path, 'utf8')
  } finally {
    await rm(draft, { force: true })
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export interface JwtSecretOptions {
  readonly dataDir: string
  /** `JWT_SECRET`; used as it is, when it is strong enough. */
  readonly configured?: string | undefined
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
const fileSchema = z.looseObject({ jwtSecret: z.string() })

/** The secret that access tokens are signed with: `JWT_SECRET`, or one made at the first start and kept. */
export async function readJwtSecret({ dataDir, configured }: JwtSecretOptions): Promise<string> {
  if (configured !== undefined && configured !== '') return strong(configured, 'JWT_SECRET')
  const path = join(dataDir, 'secrets.json')
  await mkdir(dataDir, { recursive: true })
  const text = (await readIfThere(path)) ?? (await create(dataDir, path))
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success)
    throw new SecretRefused(`${path} cannot be read. Restore it, or remove it to sign everybody out.`)
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, ownerOnly)
  return strong(parsed.data.jwtSecret, path)
}

function strong(secret: string, where: string): string {
  const advice = 'Make one with: openssl rand -base64 48'
  if (secret.length < minLength) {
    throw new SecretRefused(
      `${where} is too short: it needs at least ${minLength} random characters. ${advice}`,
    )
  }
  const rest = placeholders.reduce((left, word) => left.replaceAll(word, ''), secret.toLowerCase())
  if (rest.length < minLength / 2 || new Set(secret).size < 10) {
    throw new SecretRefused(`${where} is a placeholder or can be guessed. ${advice}`)
  }
  return secret
}

/** Two processes may start at once: linking fails for the second, which then reads what the first one wrote. */
async function create(dataDir: string, path: string): Promise<string> {
  const text = `${JSON.stringify({ jwtSecret: randomBytes(48).toString('base64url') }, undefined, 2)}\n`
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

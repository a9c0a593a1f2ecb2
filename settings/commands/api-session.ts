import { z } from 'zod'

const loginSchema = z.object({ accessToken: z.string() })

/** The running platform's address, where nobody says another. */
export const platformUrl = (said: string | undefined): string =>
  said ?? process.env['PUBLIC_URL'] ?? `http://127.0.0.1:${process.env['PORT'] ?? 1880}`

/** @throws for want of a token or password, and when they are refused */
export async function tokenFor(url: string): Promise<string> {
  const { ADMIN_EMAIL = 'admin@fleetloom.local', ADMIN_PASSWORD, FLEETLOOM_TOKEN } = process.env
  if (FLEETLOOM_TOKEN !== undefined && FLEETLOOM_TOKEN !== '') return FLEETLOOM_TOKEN
  if (ADMIN_PASSWORD === undefined || ADMIN_PASSWORD === '')
    throw new Error('Set FLEETLOOM_TOKEN, or ADMIN_EMAIL and ADMIN_PASSWORD.')
  const response = await fetch(new URL('/api/v1/auth/login', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: ADMIN_EMAIL, password: ADMIN_PASSWORD }),
  })
  return loginSchema.parse(await answered(response)).accessToken
}

/** @throws with what the platform says, where that is a refusal */
export async function answered(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} from ${response.url}: ${text}`)
  return JSON.parse(text)
}

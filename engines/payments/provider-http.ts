import type { z } from 'zod'
import { ProviderUnavailable } from '../../nodes/platform/payments/port.ts'

const timeoutMs = 10_000

export interface ProviderCall {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The answer as the schema says; undefined for 404. @throws ProviderUnavailable for anything else */
export async function callProvider<T>(
  schema: z.ZodType<T>,
  url: string,
  { body, headers = {}, method = 'GET' }: ProviderCall,
): Promise<T | undefined> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    if (response.status === 404) return undefined
    if (!response.ok) throw new Error(`answered ${response.status}: ${text.slice(0, 300)}`)
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new ProviderUnavailable(`the payment provider at ${new URL(url).host}`, { cause: error })
  }
}

/** Of a webhook; undefined for what is no JSON. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
}

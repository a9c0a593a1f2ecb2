import { readFile } from 'node:fs/promises'
import type { Settings } from './env.ts'

export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

/** What TLS is spoken with; undefined where it is not. */
export async function readTls({ TLS_CERT, TLS_KEY }: Settings): Promise<TlsFiles | undefined> {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return undefined
  const [cert, key] = await Promise.all([readFile(TLS_CERT), readFile(TLS_KEY)])
  return { cert, key }
}

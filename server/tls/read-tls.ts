import { readFile } from 'node:fs/promises'

export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
  /** Of the authorities that stand for certificates of devices. */
  readonly clientCa: Buffer | undefined
}

/** Names of PEM files. */
export interface TlsSettings {
  readonly TLS_CERT?: string | undefined
  readonly TLS_KEY?: string | undefined
  readonly TLS_CLIENT_CA?: string | undefined
}

/** What TLS is spoken with; undefined where it is not. */
export async function readTls({
  TLS_CERT,
  TLS_CLIENT_CA,
  TLS_KEY,
}: TlsSettings): Promise<TlsFiles | undefined> {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return undefined
  const [cert, key, clientCa] = await Promise.all([
    readFile(TLS_CERT),
    readFile(TLS_KEY),
    TLS_CLIENT_CA === undefined ? undefined : readFile(TLS_CLIENT_CA),
  ])
  return { cert, key, clientCa }
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

const dayMs = 24 * 3_600_000
const validDays = 397
/** So that one does not end while somebody works with it. */
const renewBeforeMs = 7 * dayMs
const keyMode = 0o600

export interface DevCertificate {
  readonly TLS_CERT: string
  readonly TLS_KEY: string
}

/**
 * For `npm start -- --https`: a certificate of one's own for this machine, made once and kept in `DATA_DIR/tls`. Browsers warn
 * of it, as nobody stands for it.
 */
export async function devCertificate(dataDir: string, host: string, nowMs: number): Promise<DevCertificate> {
  const folder = path.join(dataDir, 'tls')
  const files = { TLS_CERT: path.join(folder, 'cert.pem'), TLS_KEY: path.join(folder, 'key.pem') }
  if (await isUsable(files.TLS_CERT, host, nowMs)) return files
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { generate } = await import('selfsigned')
  const names = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), host])]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keySize: 2048,
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs + validDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(altName) },
    ],
  })
  await writeFile(files.TLS_KEY, key, { mode: keyMode })
  await writeFile(files.TLS_CERT, cert)
  return files
}

const altName = (name: string): { type: 2 | 7; value?: string; ip?: string } =>
  isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }

async function isUsable(file: string, host: string, nowMs: number): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(file))
    const isForHost = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
    return isForHost !== undefined && certificate.validToDate.getTime() > nowMs + renewBeforeMs
  } catch {
    return false
  }
}

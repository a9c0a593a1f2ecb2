import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../../engines/store/testing/processes.ts'
import { devCertificate } from './dev-certificate.ts'

const nowMs = Date.UTC(2026, 0, 5)
let folder: Awaited<ReturnType<typeof temporaryDirectory>>
beforeEach(async () => {
  folder = await temporaryDirectory()
})
afterEach(() => folder.remove())

test('is made once, for this machine, with a key that nobody else reads', async () => {
  const files = await devCertificate(folder.path, '127.0.0.1', nowMs)
  const [cert, key] = await Promise.all([readFile(files.TLS_CERT), readFile(files.TLS_KEY)])
  createSecureContext({ cert, key })
  const certificate = new X509Certificate(cert)
  for (const name of ['localhost']) expect(certificate.checkHost(name)).toBe(name)
  for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBe(address)
  expect((await stat(files.TLS_KEY)).mode & 0o77).toBe(0)
  await devCertificate(folder.path, '127.0.0.1', nowMs + 3_600_000)
  expect(await readFile(files.TLS_CERT)).toEqual(cert)
})

test('is made anew before it ends, and for another address', async () => {
  const { TLS_CERT } = await devCertificate(folder.path, '127.0.0.1', nowMs)
  const first = await readFile(TLS_CERT)
  await devCertificate(folder.path, '192.0.2.1', nowMs)
  const second = await readFile(TLS_CERT)
  expect(new X509Certificate(second).checkIP('192.0.2.1')).toBe('192.0.2.1')
  expect(second).not.toEqual(first)
  await devCertificate(folder.path, '192.0.2.1', nowMs + 395 * 24 * 3_600_000)
  expect(await readFile(TLS_CERT)).not.toEqual(second)
})

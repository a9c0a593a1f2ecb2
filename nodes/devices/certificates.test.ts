import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { operation as bindCertificate } from './operations/bind-certificate.ts'
import { operation as createDevice } from './operations/create-device.ts'
import { useFleet } from './operations/fleet.fixture.ts'
import { operation as unbindCertificate } from './operations/unbind-certificate.ts'
import { endRevokedConnections } from './gate/connections.ts'
import { fingerprintOf } from '../platform/certificates.ts'
import { silentLogger } from '../platform/logger.ts'

const fleet = useFleet()
const { call } = fleet
const d1 = { id: 'd1' }
const hex = 'ab'.repeat(32)
const fingerprint256 = hex.toUpperCase().match(/../g)?.join(':') ?? ''
const admitted = (username?: string) => fleet.devices.access.admitByCertificate(fingerprint256, username)

test('a bound certificate proves its device, with or without its user name', async () => {
  expect(await call(bindCertificate, { params: d1, body: { fingerprint256: hex } })).toMatchObject({
    status: 200,
    body: { certificate: { fingerprint256 } },
  })
  for (const username of [undefined, '', 'd1'])
    expect(admitted(username)).toMatchObject({ kind: 'admitted', record: { device: { id: 'd1' } } })
  expect(admitted('d2')).toMatchObject({ kind: 'refused', code: 4 })
})

test('one certificate proves one device, whosever the other is', async () => {
  const body = { fingerprint256: hex }
  await call(bindCertificate, { params: { id: 'x1' }, orgId: 'other', body })
  expect(await call(bindCertificate, { params: d1, body })).toMatchObject({ status: 409 })
  await call(unbindCertificate, { params: { id: 'x1' }, orgId: 'other' })
  expect(await call(bindCertificate, { params: d1, body })).toMatchObject({ status: 200 })
  expect(await call(bindCertificate, { params: d1, body })).toMatchObject({ status: 200 })
})

test('may be given as PEM; what is none is refused', async () => {
  const { cert } = await generate([{ name: 'commonName', value: 'd1' }], { algorithm: 'sha256' })
  expect(await call(bindCertificate, { params: d1, body: { pem: cert } })).toMatchObject({
    body: { certificate: { fingerprint256: fingerprintOf(cert) } },
  })
  const none = cert.replaceAll(/[A-Za-z]{8}/g, 'AAAAAAAA')
  expect(await call(bindCertificate, { params: d1, body: { pem: none } })).toMatchObject({ status: 422 })
  for (const body of [
    { fingerprint256: hex.slice(2) },
    { fingerprint256: 'xy'.repeat(32) },
    {},
    { pem: cert, fingerprint256: hex },
  ])
    expect(await call(bindCertificate, { params: d1, body })).toMatchObject({ status: 400 })
  const made = { id: 'd9', name: 'd9', classKey: 'logger', certificate: { fingerprint256: hex } }
  expect(await call(createDevice, { body: made })).toMatchObject({ status: 400 })
})

test('a connection that it has proved ends when it is taken away, and not when one is added', async () => {
  const ended: string[] = []
  endRevokedConnections(fleet.directory, { disconnect: async (id) => void ended.push(id) }, silentLogger)
  await call(bindCertificate, { params: d1, body: { fingerprint256: hex } })
  expect(ended).toEqual([])
  await call(unbindCertificate, { params: d1 })
  expect(ended).toEqual(['d1'])
  expect(admitted()).toBeUndefined()
})

test('another organization’s device is missing, like one that never was', async () => {
  for (const id of ['x1', 'nobody']) {
    expect(await call(bindCertificate, { params: { id }, body: { fingerprint256: hex } })).toMatchObject({
      status: 404,
    })
    expect(await call(unbindCertificate, { params: { id } })).toMatchObject({ status: 404 })
  }
})

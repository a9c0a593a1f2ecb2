import { z } from 'zod'
import { domain as devicesDomain } from '../domain.ts'
import { fingerprintOf, normalFingerprint } from '../../platform/certificates.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid } from '../../platform/kit/endpoints/problem.ts'
import { deviceParams, noSuchDevice } from './parts.ts'

const maxPemLength = 20_000

export const operation = defineOperation({
  id: 'bindCertificate',
  method: 'put',
  path: '/api/v1/devices/:id/certificate',
  tag: 'devices',
  summary: 'The client certificate that proves the device over TLS; of the one before, connections end',
  access: 'modules:iot:devices:update',
  params: deviceParams,
  body: z.union([
    z.strictObject({ pem: z.string().min(1).max(maxPemLength) }),
    z.strictObject({
      fingerprint256: z
        .string()
        .regex(/^[\da-f]{2}(?::?[\da-f]{2}){31}$/i, 'must be a SHA-256 fingerprint: 32 bytes, hex'),
    }),
  ]),
  responses: {
    200: {
      description: 'Bound',
      schema: z.object({ certificate: z.object({ fingerprint256: z.string() }) }),
    },
  },
  needs: { devices: devicesDomain },
  async handle({ body, orgId, params }, { devices }) {
    const field = 'pem' in body ? 'body.pem' : 'body.fingerprint256'
    const fingerprint256 = 'pem' in body ? fingerprintOf(body.pem) : normalFingerprint(body.fingerprint256)
    const isThere = devices.directory.lookup(params.id)?.orgId === orgId
    if (!isThere) return noSuchDevice()
    if (fingerprint256 === undefined) return refuse(invalid(field, 'is no certificate'))
    const bound = await devices.bindCertificate(orgId, params.id, fingerprint256)
    if (bound === 'missing') return noSuchDevice()
    return bound === 'taken'
      ? refuse(conflict(field, 'the certificate proves another device'))
      : reply(200, { certificate: { fingerprint256 } })
  },
})

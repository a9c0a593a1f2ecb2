import { z } from 'zod'
import { domain } from '../domain.ts'
import { provisioningKeyView, viewProvisioningKey } from '../provisioning-key.ts'
import { classKeySchema } from '../../platform/identifiers.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'

export const operation = defineOperation({
  id: 'createProvisioningKey',
  method: 'post',
  path: '/api/v1/provisioning-keys',
  tag: 'provisioning',
  summary: 'A key by which devices of a class register themselves; its secret is shown this once',
  access: 'modules:iot:provisioning-keys:create',
  body: z.strictObject({
    classKey: classKeySchema,
    name: z.string().min(1).max(100).optional(),
    maxDevices: z.int().min(1).max(1_000_000).optional().describe('How many it may bring in, ever'),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  }),
  responses: {
    201: { description: 'The key', schema: z.object({ key: provisioningKeyView, secret: z.string() }) },
  },
  needs: { ...kit('clock'), provisioning: domain },
  async handle({ body: { expiresAt, ...wanted }, orgId }, { clock, provisioning }) {
    const expiresAtMs = expiresAt === undefined ? undefined : parseIsoTime(expiresAt)
    if (expiresAtMs !== undefined && expiresAtMs <= clock.nowMs())
      return refuse(invalid('body.expiresAt', 'is over already'))
    const created = await provisioning.createKey(orgId, { ...wanted, expiresAtMs })
    if (created === undefined)
      return refuse(invalid('body.classKey', `there is no device class ${wanted.classKey}`))
    const { key, secret } = created
    return reply(
      201,
      { key: viewProvisioningKey(key), secret },
      { location: `/api/v1/provisioning-keys/${key.id}` },
    )
  },
})

import { z } from 'zod'
import { classKeySchema, deviceIdSchema } from '../../platform/identifiers.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { conflict, invalid, type Problem } from '../../platform/kit/endpoints/problem.ts'
import { domain as telemetryDomain } from '../domain.ts'
import type { CreatedIngestKey } from '../ingest-keys.ts'
import { ingestKeyView, viewIngestKey } from '../ingest-key.ts'

export const operation = defineOperation({
  id: 'createIngestKey',
  method: 'post',
  path: '/api/v1/ingest-keys',
  tag: 'ingest-keys',
  summary:
    'A lasting key for whoever brings the messages of all devices of a class, or of one gateway, to `POST /api/v1/ingest`',
  access: 'modules:iot:ingest-keys:create',
  body: z.strictObject({
    name: z.string().min(1).max(100),
    classKey: classKeySchema.optional(),
    gatewayId: deviceIdSchema.optional(),
  }),
  responses: {
    201: {
      description: 'The secret is shown this once',
      schema: z.object({ key: ingestKeyView, secret: z.string() }),
    },
  },
  needs: { telemetry: telemetryDomain },
  async handle({ body, orgId }, { telemetry }) {
    if ((body.classKey === undefined) === (body.gatewayId === undefined))
      return refuse(invalid('body.classKey', 'or gatewayId is needed, and not both'))
    const created = await telemetry.ingestKeys.create(orgId, body)
    return created.kind === 'created'
      ? reply(201, { key: viewIngestKey(created.key), secret: created.secret })
      : refuse(refusals[created.kind])
  },
})

const refusals: Readonly<Record<Exclude<CreatedIngestKey['kind'], 'created'>, Problem>> = {
  'no-class': invalid('body.classKey', 'there is no such device class'),
  'no-path': invalid('body.classKey', 'does not say where a payload names its device (ingest.device)'),
  'no-gateway': invalid('body.gatewayId', 'there is no such device'),
  exists: conflict('body.name', 'a key of this name is there already'),
}

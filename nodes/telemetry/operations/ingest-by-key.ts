import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem, unreadable } from '../../platform/kit/endpoints/problem.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { domain as telemetryDomain } from '../domain.ts'
import { targetOf } from '../ingest-target.ts'
import { maxPayloadBytes, replyTaken } from './ingest.ts'

export const operation = defineOperation({
  id: 'ingestByKey',
  method: 'post',
  path: '/api/v1/ingest',
  tag: 'ingest',
  summary:
    'A message of one of many devices, brought with an ingest key; which device, its payload says. Answered once it is durable',
  access: 'public',
  takesBearer: true,
  query: z.object({
    event: z.string().max(64).optional().meta({
      description: 'What the message is about: the topic whose last level this is. Default: the first',
    }),
  }),
  body: z.instanceof(Uint8Array),
  bodyKind: 'bytes',
  responses: {
    202: {
      description:
        'Durable, and on its way through the pipeline; or of an event that means nothing to the class',
      schema: z.object({ accepted: z.literal(true) }),
    },
  },
  needs: { devices: devicesDomain, telemetry: telemetryDomain },
  async handle({ bearer, body, query }, { devices, telemetry }) {
    const found = await telemetry.ingestKeys.find(bearer)
    if (found === undefined) return refuse(problem(401, 'an ingest key is needed, as a bearer'))
    if (body.length > maxPayloadBytes) return refuse(problem(413, `more than ${maxPayloadBytes} bytes`))
    const target = targetOf(found, body, query.event, devices.directory)
    if (target.kind === 'device')
      return replyTaken(await telemetry.httpIntake.accept(found.orgId, target.route, body))
    if (target.kind === 'unreadable') return refuse(unreadable('body', target.detail))
    if (target.kind === 'gone') return refuse(problem(409, 'what the key is for is there no more'))
    if (target.kind === 'unknown') {
      const { address, classKeys, topic } = target
      const gatewayId = found.key.gatewayId ?? ''
      devices.unknownSenders.note(found.orgId, { address, classKeys, gatewayId, topic })
      return refuse(problem(404, `no device has the address ${address.slice(0, 100)}`))
    }
    telemetry.counts.messagesIgnored += 1
    return reply(202, { accepted: true })
  },
})

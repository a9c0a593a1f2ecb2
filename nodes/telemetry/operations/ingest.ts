import { z } from 'zod'
import { defineOperation, refuse, reply, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { domain as telemetryDomain } from '../domain.ts'
import type { Taken } from '../http-intake.ts'

export const maxPayloadBytes = 65_536

export const operation = defineOperation({
  id: 'ingest',
  method: 'post',
  path: '/api/v1/ingest/:device',
  tag: 'ingest',
  summary: 'Telemetry of a device that cannot hold an MQTT connection; answered once it is durable',
  access: 'modules:iot:readings:create',
  params: z.object({ device: z.string() }),
  body: z.instanceof(Uint8Array),
  bodyKind: 'bytes',
  responses: {
    202: {
      description: 'Durable; on its way through the pipeline',
      schema: z.object({ accepted: z.literal(true) }),
    },
  },
  needs: { devices: devicesDomain, telemetry: telemetryDomain },
  async handle({ params, body, orgId, principal }, { devices, telemetry }) {
    const record = devices.directory.lookup(params.device)
    const isOther = principal?.kind === 'device' && principal.deviceId !== params.device
    if (record?.orgId !== orgId || isOther) return refuse(problem(404, 'no such device'))
    if (body.length > maxPayloadBytes) return refuse(problem(413, `more than ${maxPayloadBytes} bytes`))
    const route = record.topics.get(record.telemetryTopic)?.route
    if (route === undefined)
      return refuse(problem(409, 'the device class has no telemetry topic without open levels'))
    return replyTaken(await telemetry.httpIntake.accept(orgId, route, body))
  },
})

export function replyTaken(taken: Taken): WholeOutcome {
  if (taken.kind === 'durable') return reply(202, { accepted: true })
  if (taken.kind === 'full') return refuseFull()
  const [status, whose] = taken.who === 'organization' ? [429, 'of this organization'] : [503, 'in all']
  return refuse(problem(status, `too many messages ${whose} are on their way`), { 'retry-after': '1' })
}

/** What it holds is measured again by then. */
export const refuseFull = (): WholeOutcome =>
  refuse(problem(429, 'the organization holds as much as it may'), { 'retry-after': '600' })

import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem } from '../../platform/kit/endpoints/problem.ts'
import { routeOf } from '../../devices/device.ts'
import { fromBase64 } from '../../platform/kit/bytes.ts'
import { parseIsoTime, toIsoTime } from '../../platform/kit/iso-time.ts'
import { deadLetterCollection } from '../dead-letter-box.ts'
import { deadLetterSchema } from '../dead-letter.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { domain as telemetryDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'replayDeadLetter',
  method: 'post',
  path: '/api/v1/dead-letters/:id/replay',
  tag: 'dead-letters',
  summary:
    'Send it through the pipeline again, as of when it was received; what is still wrong comes back as a new one',
  access: 'modules:iot:dead-letters:replay',
  params: z.object({ id: z.string() }),
  responses: { 202: { description: 'Durable in the uplink stream again', schema: deadLetterSchema } },
  needs: { ...kit('clock', 'store'), devices: devicesDomain, telemetry: telemetryDomain },
  async handle({ params, orgId }, { clock, devices, store, telemetry }) {
    const letters = store.organization(orgId).collection(deadLetterCollection)
    const letter = (await letters.get(params.id))?.document
    if (letter === undefined) return refuse(problem(404, 'no such dead letter'))
    const record = devices.directory.lookup(letter.deviceId)
    const route = record && routeOf(record, letter.topic)
    if (route?.orgId !== orgId) {
      return refuse(
        problem(
          409,
          `${letter.topic || 'its topic'} is not a topic of a registered device ${letter.deviceId}`,
        ),
      )
    }
    await telemetry.intake.replay([
      { route, atMs: parseIsoTime(letter.receivedAt), data: fromBase64(letter.payloadBase64) },
    ])
    const replayedAt = toIsoTime(clock.nowMs())
    await letters.update(params.id, (before) => ({ ...before, replayedAt }))
    return reply(202, { ...letter, replayedAt })
  },
})

import { z } from 'zod'
import { noSuchDevice, ownDevice } from '../../devices/operations/parts.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { problem, unreadable } from '../../platform/kit/endpoints/problem.ts'
import { domain as quotasDomain } from '../../quotas/domain.ts'
import { domain as telemetryDomain } from '../domain.ts'
import { importHistory } from '../history-import.ts'
import { refuseFull } from './ingest.ts'

const count = z.int()
const retryAfterSeconds = 5

export const operation = defineOperation({
  id: 'importHistory',
  method: 'post',
  path: '/api/v1/devices/:id/history',
  tag: 'history',
  summary:
    'Readings from before, as CSV (columns ts, port, value) or lines of JSON: stored once each, without alerts. Answered once all are durable',
  access: 'modules:iot:history:import',
  params: z.object({ id: z.string() }),
  body: z.custom<AsyncIterable<Uint8Array>>(),
  bodyKind: 'stream',
  responses: {
    200: {
      description:
        'What became of the lines: `conflicting` ones have another value than is stored, which stays; the first of those refused are named',
      schema: z.object({
        imported: count,
        repeated: count,
        conflicting: count,
        refused: count,
        errors: z.array(z.object({ line: count, message: z.string() })),
      }),
    },
  },
  needs: {
    ...kit('audit', 'clock', 'latest', 'series'),
    devices: devicesDomain,
    quotas: quotasDomain,
    telemetry: telemetryDomain,
  },
  async handle({ body, orgId, params }, { audit, clock, devices, latest, quotas, series, telemetry }) {
    const record = ownDevice(devices, orgId, params.id)
    if (record === undefined) return noSuchDevice()
    if (quotas.isFull(orgId)) return refuseFull()
    const giveBack = telemetry.importSlots.take(orgId)
    if (giveBack === undefined)
      return refuse(problem(429, 'others are being taken in; one after the other is as fast'), {
        'Retry-After': String(retryAfterSeconds),
      })
    try {
      await audit.noteAct(`devices/${record.device.id}/history`)
      return reply(200, await importHistory({ clock, latest, series }, record, body))
    } catch (error) {
      if (error instanceof RangeError) return refuse(unreadable('body', error.message))
      throw error
    } finally {
      giveBack()
    }
  },
})

import { z } from 'zod'
import { listOf } from '../../platform/kit/endpoints/list.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { classPortSchema } from '../device-class.ts'
import { noSuchDevice, ownDevice } from './parts.ts'
import { domain as devicesDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'listPorts',
  method: 'get',
  path: '/api/v1/devices/:id/ports',
  tag: 'devices',
  summary: "The device's ports: its own settings over its class's",
  access: 'modules:iot:devices:read',
  params: z.object({ id: z.string() }),
  responses: { 200: { description: 'Ports by number', schema: listOf(classPortSchema) } },
  needs: { devices: devicesDomain },
  async handle({ params, orgId }, { devices }) {
    const record = ownDevice(devices, orgId, params.id)
    return record === undefined
      ? noSuchDevice()
      : reply(200, { items: record.ports.filter((port) => port !== undefined) })
  },
})

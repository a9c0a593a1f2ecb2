import { z } from 'zod'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid, problem } from '../../platform/kit/endpoints/problem.ts'
import { classKeySchema, deviceIdSchema } from '../../platform/identifiers.ts'
import { domain as devicesDomain } from '../domain.ts'
import { credentialView, deviceView, viewDevice } from '../views.ts'
import { deviceRefused } from './device-refusals.ts'

export const operation = defineOperation({
  id: 'adoptUnknownSender',
  method: 'post',
  path: '/api/v1/unknown-senders/:id/adopt',
  tag: 'devices',
  summary:
    'Register an unknown sender as a device, with its address and its gateway; its password is shown this once',
  access: 'modules:iot:devices:create',
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    /** May be left out where its topics are of one class only. */
    classKey: classKeySchema.optional(),
    id: deviceIdSchema.optional(),
    name: z.string().min(1).max(100).optional(),
    /** The device that published for it, unless told otherwise. */
    gatewayId: deviceIdSchema.optional(),
  }),
  responses: {
    201: { description: 'Registered', schema: z.object({ device: deviceView, credential: credentialView }) },
  },
  needs: { devices: devicesDomain },
  async handle({ body, orgId, params }, { devices }) {
    const sender = await devices.unknownSenders.get(orgId, params.id)
    if (sender === undefined) return refuse(problem(404, 'no such unknown sender'))
    const { address, classKeys } = sender
    const classKey = body.classKey ?? (classKeys.length === 1 ? classKeys[0] : undefined)
    if (classKey === undefined)
      return refuse(invalid('body.classKey', `must be given: it could be ${classKeys.join(' or ')}`))
    const gateway = body.gatewayId ?? sender.gatewayId
    const wanted = {
      classKey,
      address,
      name: body.name ?? address.slice(0, 100),
      tags: [],
      ports: [],
      isEnabled: true,
      ...(body.id === undefined ? {} : { id: body.id }),
      ...(gateway === '' ? {} : { gateway }),
    }
    const created = await devices.createDevice(orgId, wanted, { how: 'adopted' })
    if (created.kind !== 'created')
      return deviceRefused(created, wanted, { address: 'classKey', gateway: 'gatewayId' })
    await devices.unknownSenders.forget(orgId, sender)
    const { id } = created.record.device
    return reply(
      201,
      {
        device: viewDevice(created.record, await devices.states.get(orgId, id)),
        credential: { username: id, password: created.password },
      },
      { location: `/api/v1/devices/${id}` },
    )
  },
})

import { domain as devicesDomain } from '../../devices/domain.ts'
import { deviceParams, noSuchDevice } from '../../devices/operations/parts.ts'
import { stateView, viewState } from '../../devices/views.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { domain } from '../domain.ts'
import { overrideView, viewOverride } from '../views.ts'

export const operation = defineOperation({
  id: 'getDeviceState',
  method: 'get',
  path: '/api/v1/devices/:id/state',
  tag: 'devices',
  summary: 'Online, last seen, reported and desired fields, and the override that runs',
  access: 'modules:iot:devices:read',
  params: deviceParams,
  responses: {
    200: { description: 'The state', schema: stateView.extend({ override: overrideView.nullable() }) },
  },
  needs: { control: domain, devices: devicesDomain, ...kit('clock') },
  async handle({ orgId, params: { id } }, { clock, control, devices }) {
    const view = await control.view(orgId, id)
    if (view === undefined) return noSuchDevice()
    const desired = Object.fromEntries([...view.desired].map(([field, { value }]) => [field, value]))
    const { override } = view
    return reply(200, {
      ...viewState(await devices.states.get(orgId, id)),
      desired,
      override: override?.status === 'active' ? viewOverride(id, override, clock.nowMs()) : null,
    })
  },
})

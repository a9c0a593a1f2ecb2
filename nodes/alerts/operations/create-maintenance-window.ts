import { z } from 'zod'
import { domain } from '../domain.ts'
import { maintenanceView, viewMaintenance } from '../maintenance.ts'
import { defineOperation, refuse, reply } from '../../platform/kit/endpoints/operation.ts'
import { invalid } from '../../platform/kit/endpoints/problem.ts'
import { parseIsoTime } from '../../platform/kit/iso-time.ts'
import { scopeSchema } from '../rule.ts'

const time = z.iso.datetime({ offset: true })

export const operation = defineOperation({
  id: 'createMaintenanceWindow',
  method: 'post',
  path: '/api/v1/maintenance-windows',
  tag: 'maintenance-windows',
  summary: 'Devices are worked on: alerts that open between the two times are suppressed until the end',
  access: 'modules:alerts:maintenance:create',
  needs: { alerts: domain },
  body: z.strictObject({ scope: scopeSchema, from: time, to: time, reason: z.string().max(200).optional() }),
  responses: { 201: { description: 'The window', schema: z.object({ window: maintenanceView }) } },
  async handle({ body: { from, reason = null, scope, to }, orgId }, { alerts: { maintenance, rules } }) {
    const fault = rules.faultOf(orgId, { scope })
    if (fault !== undefined) return refuse(invalid(`body.${fault.path}`, fault.message))
    const [fromMs, toMs] = [parseIsoTime(from), parseIsoTime(to)]
    if (toMs <= fromMs) return refuse(invalid('body.to', 'must be after from'))
    const window = await maintenance.create(orgId, { scope, fromMs, toMs, reason })
    const location = `/api/v1/maintenance-windows/${window.id}`
    return reply(201, { window: viewMaintenance(window) }, { location })
  },
})

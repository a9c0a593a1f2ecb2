import { domain } from '../domain.ts'
import { listOf, listQuery, replyPage } from '../../platform/kit/endpoints/list.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'
import { maintenanceView, viewMaintenance } from '../maintenance.ts'

export const operation = defineOperation({
  id: 'listMaintenanceWindows',
  method: 'get',
  path: '/api/v1/maintenance-windows',
  tag: 'maintenance-windows',
  summary: 'Maintenance windows, the latest first',
  access: 'modules:alerts:maintenance:read',
  needs: { alerts: domain },
  query: listQuery,
  responses: { 200: { description: 'A page of windows', schema: listOf(maintenanceView) } },
  async handle({ orgId, query }, { alerts: { maintenance } }) {
    const page = await maintenance.list(orgId, query)
    return replyPage(
      page,
      page.items.map(({ document }) => viewMaintenance(document)),
    )
  },
})

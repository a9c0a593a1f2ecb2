import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'alerts',
  category: 'alerts',
  icon: 'font-awesome/fa-bell',
  tags: ['alerts', 'alert-rules', 'maintenance-windows'],
})

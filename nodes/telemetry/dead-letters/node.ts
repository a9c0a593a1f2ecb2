import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'dead-letters',
  category: 'telemetry',
  icon: 'font-awesome/fa-envelope-open-o',
  tags: ['dead-letters'],
})

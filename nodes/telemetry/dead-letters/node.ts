import { defineOperationNode } from '../../http/run-operation.ts'

export default defineOperationNode({
  type: 'dead-letters',
  category: 'telemetry',
  icon: 'font-awesome/fa-envelope-open-o',
  tags: ['dead-letters'],
})

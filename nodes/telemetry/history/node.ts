import { defineOperationNode } from '../../http/run-operation.ts'

export default defineOperationNode({
  type: 'history',
  category: 'telemetry',
  icon: 'font-awesome/fa-line-chart',
  tags: ['history'],
})

import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'history',
  category: 'telemetry',
  icon: 'font-awesome/fa-line-chart',
  tags: ['history'],
})

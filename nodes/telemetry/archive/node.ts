import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'archive',
  category: 'telemetry',
  icon: 'font-awesome/fa-archive',
  tags: ['archive'],
})

import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'replays',
  category: 'telemetry',
  icon: 'font-awesome/fa-history',
  tags: ['replays'],
})

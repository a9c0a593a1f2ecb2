import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'overrides',
  category: 'commands',
  icon: 'font-awesome/fa-level-up',
  tags: ['overrides'],
})

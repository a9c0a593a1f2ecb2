import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'audit',
  category: 'http',
  icon: 'font-awesome/fa-history',
  tags: ['audit'],
})

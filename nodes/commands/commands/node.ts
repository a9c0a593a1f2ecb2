import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'commands',
  category: 'commands',
  icon: 'font-awesome/fa-list',
  tags: ['commands'],
})

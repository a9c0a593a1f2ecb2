import { defineOperationNode } from '../../http/run-operation.ts'

export default defineOperationNode({
  type: 'commands',
  category: 'commands',
  icon: 'font-awesome/fa-list',
  tags: ['commands'],
})

import { defineOperationNode } from '../../http/run-operation.ts'

export default defineOperationNode({
  type: 'identity',
  category: 'http',
  icon: 'font-awesome/fa-user',
  tags: ['identity'],
})

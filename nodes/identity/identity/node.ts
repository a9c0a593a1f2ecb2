import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'identity',
  category: 'http',
  icon: 'font-awesome/fa-user',
  tags: ['identity'],
})

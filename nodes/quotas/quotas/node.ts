import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'quotas',
  category: 'http',
  icon: 'font-awesome/fa-tachometer',
  tags: ['quotas'],
})

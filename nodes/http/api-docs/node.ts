import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'api-docs',
  category: 'http',
  icon: 'font-awesome/fa-book',
  tags: ['documentation'],
})

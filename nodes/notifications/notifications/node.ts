import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'notifications',
  category: 'notifications',
  icon: 'font-awesome/fa-address-book-o',
  tags: ['channels', 'deliveries', 'own-notifications'],
})

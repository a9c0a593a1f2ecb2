import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'provisioning',
  category: 'devices',
  icon: 'font-awesome/fa-key',
  tags: ['provisioning'],
})

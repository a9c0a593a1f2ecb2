import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'device',
  category: 'devices',
  icon: 'font-awesome/fa-microchip',
  tags: ['devices'],
})

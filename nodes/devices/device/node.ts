import { defineOperationNode } from '../../http/run-operation.ts'

export default defineOperationNode({
  type: 'device',
  category: 'devices',
  icon: 'font-awesome/fa-microchip',
  tags: ['devices'],
})

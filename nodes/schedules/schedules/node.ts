import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'schedules',
  category: 'commands',
  icon: 'font-awesome/fa-calendar',
  tags: ['schedules'],
})

import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'bookings',
  category: 'booking',
  icon: 'font-awesome/fa-calendar-check-o',
  tags: ['access', 'bookings', 'pods'],
})

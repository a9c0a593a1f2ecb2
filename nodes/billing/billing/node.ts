import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'billing',
  category: 'billing',
  icon: 'font-awesome/fa-money',
  tags: ['ledger', 'payments', 'purchases', 'wallets'],
})

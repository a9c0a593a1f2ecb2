import { defineOperationNode } from '../../http/run-operation.ts'

export default defineOperationNode({
  type: 'ingest',
  category: 'telemetry',
  icon: 'font-awesome/fa-sign-in',
  tags: ['ingest'],
})

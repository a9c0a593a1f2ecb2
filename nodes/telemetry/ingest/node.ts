import { defineOperationNode } from '../../platform/kit/endpoints/run-operation.ts'

export default defineOperationNode({
  type: 'ingest',
  category: 'telemetry',
  icon: 'font-awesome/fa-sign-in',
  tags: ['ingest', 'ingest-keys'],
})

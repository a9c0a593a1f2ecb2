import { defineNode } from '../../platform/kit/define-node.ts'
import { rejectMessage } from '../dead-letter.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'dead-letter',
  category: 'telemetry',
  icon: 'font-awesome/fa-trash-o',
  config,
  input: rejectMessage,
  outputs: [],
  start({ platform }) {
    return {
      async process(rejects) {
        await platform.deadLetters.put(rejects)
        platform.metrics.ingest.deadLetters += rejects.length
        return []
      },
    }
  },
})

import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { rejectMessage } from '../dead-letter.ts'
import { config } from './config.ts'
import { domain as telemetryDomain } from '../domain.ts'

export default defineNode({
  type: 'dead-letter',
  category: 'telemetry',
  icon: 'font-awesome/fa-trash-o',
  config,
  needs: { ...kit('metrics'), telemetry: telemetryDomain },
  input: rejectMessage,
  outputs: [],
  start({ needed: { metrics, telemetry } }) {
    return {
      async process(rejects) {
        await telemetry.deadLetters.put(rejects)
        metrics.ingest.deadLetters += rejects.length
        return []
      },
    }
  },
})

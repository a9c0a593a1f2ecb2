import { defineNode } from '../../platform/kit/define-node.ts'
import { rejectMessage } from '../dead-letter.ts'
import { config } from './config.ts'
import { domain as telemetryDomain } from '../domain.ts'

export default defineNode({
  type: 'dead-letter',
  category: 'telemetry',
  icon: 'font-awesome/fa-trash-o',
  config,
  needs: { telemetry: telemetryDomain },
  input: rejectMessage,
  outputs: [],
  start({ needed: { telemetry } }) {
    return {
      async process(rejects) {
        await telemetry.deadLetters.put(rejects)
        telemetry.counts.deadLetters += rejects.length
        return []
      },
    }
  },
})

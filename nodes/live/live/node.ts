import { stateEvent } from '../../devices/live-state.ts'
import { type DeviceState, deviceStateMessage } from '../../devices/state.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { oneOf } from '../../platform/kit/message-type.ts'
import { readingEvent } from '../../telemetry/live-reading.ts'
import { type AssessedReading, assessedReadingMessage } from '../../telemetry/reading.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'live',
  category: 'live',
  icon: 'font-awesome/fa-bolt',
  config,
  needs: kit('live'),
  input: oneOf<AssessedReading | DeviceState>(assessedReadingMessage, deviceStateMessage),
  outputs: [],
  start({ needed: { live } }) {
    return {
      process(items) {
        if (!live.hasWatchers()) return []
        for (const item of items) {
          if ('reported' in item) {
            if (live.isWatched(item.orgId, item.id, 'state')) live.publish(item.orgId, stateEvent(item))
          } else if (live.isWatched(item.orgId, item.deviceId, 'reading'))
            live.publish(item.orgId, readingEvent(item))
        }
        return []
      },
    }
  },
})

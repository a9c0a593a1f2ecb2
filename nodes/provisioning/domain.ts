import { domain as devicesDomain } from '../devices/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { Provisioning } from './provisioning.ts'

/** First contact of devices: keys that let them register themselves. */
export const domain = defineDomain({
  id: 'provisioning',
  needs: { ...kit('clock', 'secrets', 'store'), devices: devicesDomain },
  start: (parts) => ({ service: new Provisioning(parts) }),
})

import { domain as bookingDomain } from '../booking/domain.ts'
import { domain as commandsDomain } from '../commands/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import type { KeyedHash } from '../platform/keyed-hash.ts'
import { Access } from './access.ts'
import { accessCodes } from './code.ts'
import { keypadCollection } from './keypad.ts'

export interface AccessService {
  readonly access: Access
  readonly key: KeyedHash
}

export const domain = defineDomain({
  id: 'access',
  needs: {
    ...kit('clock', 'relay', 'store'),
    booking: bookingDomain,
    commands: commandsDomain,
    key: accessCodes,
  },
  start({ booking, key, ...needed }) {
    const access = new Access({ ...needed, key, bookings: booking.bookings })
    return {
      service: { access, key } satisfies AccessService,
      relays: [keypadCollection],
      figures: access.typed.figures,
    }
  },
})

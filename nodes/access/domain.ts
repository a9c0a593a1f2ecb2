import { domain as bookingDomain } from '../booking/domain.ts'
import { domain as commandsDomain } from '../commands/domain.ts'
import { domain as identityDomain } from '../identity/domain.ts'
import { domain as notificationsDomain } from '../notifications/domain.ts'
import { defineDomain } from '../platform/kit/domain/domain.ts'
import { kit } from '../platform/kit/domain/need.ts'
import { every } from '../platform/kit/jobs/duties.ts'
import type { KeyedHash } from '../platform/keyed-hash.ts'
import { Access } from './access.ts'
import { accessCodes } from './code.ts'
import { GuestNotices } from './guest-notices.ts'
import { keypadCollection } from './keypad.ts'
import { lockCollection } from './lock.ts'
import { provisionAction } from './locks.ts'

export interface AccessService {
  readonly access: Access
  readonly key: KeyedHash
  readonly guestNotices: GuestNotices
}

const keepCodesEveryMs = 60_000

export const domain = defineDomain({
  id: 'access',
  needs: {
    ...kit('clock', 'relay', 'store'),
    booking: bookingDomain,
    commands: commandsDomain,
    identity: identityDomain,
    notifications: notificationsDomain,
    key: accessCodes,
  },
  start({ booking, identity, key, notifications, ...needed }) {
    const access = new Access({ ...needed, ...booking, key })
    const guestNotices = new GuestNotices({ ...booking, codes: access.codes, notifications })
    const endCodes = guestNotices.encloseCodes()
    const stop = needed.commands.publisher.enclose(provisionAction, (orgId, { deviceId }) =>
      access.locks.setOf(orgId, deviceId),
    )
    return {
      service: { access, key, guestNotices } satisfies AccessService,
      figures: access.typed.figures,
      relays: [keypadCollection, lockCollection],
      stop: () => {
        stop()
        endCodes()
      },
      duties: [
        {
          name: 'keeping the codes of locks',
          nextMs: every(keepCodesEveryMs),
          async run(signal) {
            for await (const orgId of identity.organizationIds()) await access.locks.keepAll(orgId, signal)
          },
        },
      ],
    }
  },
})

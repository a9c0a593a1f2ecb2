import type { Server } from 'node:http'
import type { Logger } from '../../nodes/platform/logger.ts'
import type { Allowances } from '../../nodes/platform/allowances.ts'
import type { AddressOf } from '../../nodes/platform/client-address.ts'
import type { Auth } from '../../nodes/identity/sign-in/create-auth.ts'
import { type BackRoom, dashboardSockets } from './dashboard-door.ts'
import { editorComms, type RuntimeComms } from './editor-comms.ts'
import { Upgrades } from '../../nodes/http/sockets/upgrades.ts'

export interface DoorParts {
  readonly server: Server
  readonly auth: Auth
  readonly behind: BackRoom
  readonly comms: RuntimeComms
  readonly log: Logger
  readonly addressOf: AddressOf
  readonly offences: Allowances
  /** Whether people are served here: else there are only devices. */
  readonly isServing: boolean
}

/** The sockets of a process but for that of devices, which its broker opens. */
export function openDoors({
  addressOf,
  auth,
  behind,
  comms,
  isServing,
  log,
  offences,
  server,
}: DoorParts): Upgrades {
  const { admissions, authenticator, sessions } = auth
  const upgrades = new Upgrades({ sessions, offences, addressOf })
  upgrades.listen(server)
  if (!isServing) return upgrades
  upgrades.leaveAlone('/socket.io/')
  upgrades.open(dashboardSockets, behind.handleUpgrade)
  upgrades.open(
    '/editor/comms',
    editorComms({
      addressOf,
      comms,
      offences,
      auth: authenticator,
      admissions,
      log: log.child({ part: 'editor' }),
    }),
  )
  return upgrades
}

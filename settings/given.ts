import { accessCodes, concealCodes } from '../nodes/access/code.ts'
import { billingSettings } from '../nodes/billing/domain.ts'
import { commandsSettings } from '../nodes/commands/domain.ts'
import { devicesSettings } from '../nodes/devices/domain.ts'
import { signIn } from '../nodes/identity/domain.ts'
import type { Auth } from '../nodes/identity/sign-in/create-auth.ts'
import { createSeal } from '../nodes/identity/sign-in/seal.ts'
import { notificationSettings } from '../nodes/notifications/domain.ts'
import type { Given } from '../nodes/platform/kit/domain/need.ts'
import { declaredOperations, type OperationRegistry } from '../nodes/platform/kit/endpoints/operation.ts'
import type { KeyedHash } from '../nodes/platform/keyed-hash.ts'
import { telemetrySettings } from '../nodes/telemetry/domain.ts'
import type { Settings } from './env.ts'
import type { FollowedSecrets } from './follow-secrets.ts'
import { accountOf } from './open-broker.ts'
import { openNotifications } from './open-notifications.ts'
import { followPayments } from './open-payments.ts'
import { openWebPush } from './open-web-push.ts'
import { loadShippedClasses } from '../nodes/devices/classes/shipped-classes.ts'

export interface ToGive {
  readonly settings: Settings
  readonly secrets: FollowedSecrets
  readonly publicUrl: string
  readonly auth: Auth
  readonly credentialSecret: string
  /** Of access codes. */
  readonly codes: KeyedHash
  readonly operations: OperationRegistry
  /** Asked for only once devices connect. */
  readonly isConnected: (deviceId: string) => boolean
}

/** What domains need of the process and its settings. */
export async function givenToDomains(parts: ToGive): Promise<readonly Given[]> {
  const { auth, codes, credentialSecret, isConnected, operations, publicUrl, secrets, settings } = parts
  return [
    declaredOperations.as(operations),
    devicesSettings.as({ account: accountOf(settings), shipped: await loadShippedClasses() }),
    commandsSettings.as({ ackTimeoutMs: settings.COMMAND_ACK_TIMEOUT_MS }),
    signIn.as(auth),
    accessCodes.as(codes),
    billingSettings.as({
      providers: followPayments(settings, secrets, publicUrl),
      pollMs: settings.PAYMENTS_POLL_MS,
    }),
    notificationSettings.as({
      ...openNotifications(settings, secrets),
      push: openWebPush(settings, credentialSecret),
      seal: createSeal(credentialSecret, 'notification channels'),
    }),
    telemetrySettings.as({
      isProcessing: settings.ROLES.includes('process'),
      defer: (task) => void setImmediate(task),
      conceal: (route, data) => concealCodes(codes, route, data),
      deadLetterDays: settings.DEAD_LETTER_DAYS,
      deadLetterMb: settings.DEAD_LETTER_MB,
      uplinkRetentionMs: settings.UPLINK_RETENTION_HOURS * 3_600_000,
      isConnected,
    }),
  ]
}

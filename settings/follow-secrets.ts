import type { Logger } from '../nodes/platform/logger.ts'
import { readSettings, type Settings } from './env.ts'
import { followFiles } from '../nodes/platform/follow-files.ts'

/** Those that are taken up while everything runs, when they stand in files of their own (`NAME_FILE`). */
export const followedSecrets = [
  'JWT_SECRET',
  'MQTT_HOOK_SECRET',
  'OIDC_CLIENT_SECRET',
  'PAGBANK_TOKEN',
  'PAYMENTS_SANDBOX_SECRET',
  'SMTP_URL',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'TWILIO_AUTH_TOKEN',
] as const satisfies readonly (keyof Settings)[]
export type FollowedSecret = (typeof followedSecrets)[number]

type Environment = Readonly<Record<string, string | undefined>>

type Secrets = Pick<Settings, FollowedSecret>
type Take = (renewed: Partial<Secrets>) => void

export interface FollowedSecrets {
  readonly now: Secrets
  /** Called with those of these that are others. What it throws is told, and that of before stays in use. */
  onRenewed(names: readonly FollowedSecret[], take: Take): void
  stop(): void
}

const pick = (settings: Secrets, names: readonly FollowedSecret[]): Partial<Secrets> =>
  Object.fromEntries(names.map((name) => [name, settings[name]]))

/** What cannot be used (half a file, a secret that is too weak) is told, and that of before stays in use. */
export function followSecrets(
  settings: Secrets,
  environment: Environment,
  log: Pick<Logger, 'info' | 'warn'>,
  interval?: number,
): FollowedSecrets {
  let now: Secrets = settings
  const takers: (readonly [names: readonly FollowedSecret[], take: Take])[] = []
  const files = followedSecrets.flatMap((name) => environment[`${name}_FILE`] || [])

  const look = (): void => {
    let read: Settings
    try {
      read = readSettings(environment)
    } catch (error) {
      log.warn({ err: error }, 'changed secrets cannot be used; those of before stay in use')
      return
    }
    const renewed = followedSecrets.filter((name) => read[name] !== undefined && read[name] !== now[name])
    if (renewed.length === 0) return
    now = { ...now, ...pick(read, renewed) }
    for (const [names, take] of takers) {
      const wanted = names.filter((name) => renewed.includes(name))
      if (wanted.length === 0) continue
      try {
        take(pick(read, wanted))
      } catch (error) {
        log.warn(
          { err: error, settings: wanted },
          'a changed secret cannot be used; that of before stays in use',
        )
      }
    }
    log.info({ settings: renewed }, 'renewed secrets are in use')
  }
  const stop = followFiles(files, look, interval)

  return {
    get now() {
      return now
    },
    onRenewed: (names, take) => void takers.push([names, take]),
    stop,
  }
}

import { ROLES, type Role } from '../editor/flow-storage/roles.ts'

export interface SharingSettings {
  readonly ROLES: readonly Role[]
  readonly REDIS_URL?: string | undefined
  readonly MONGO_URL?: string | undefined
  readonly MQTT_URL?: string | undefined
  readonly JWT_SECRET?: string | undefined
  readonly CREDENTIAL_SECRET?: string | undefined
}

/** What several processes cannot do without, by the setting's name; empty for a process that does everything by itself. */
export function mistakesOfSharing(settings: SharingSettings): readonly string[] {
  const { MONGO_URL, REDIS_URL } = settings
  const missing = ROLES.filter((role) => !settings.ROLES.includes(role))
  const mistakes: string[] = []
  if (missing.length > 0) {
    const others = missing.join(' and ')
    if (REDIS_URL === undefined)
      mistakes.push(
        `REDIS_URL: without the role ${others} this process must share its stream with one that has it`,
      )
    if (MONGO_URL === undefined)
      mistakes.push(
        `MONGO_URL: without the role ${others} this process must share its store with one that has it`,
      )
  }
  // What one instance has signed or sealed, another has to read.
  if (REDIS_URL !== undefined && MONGO_URL !== undefined)
    for (const name of ['JWT_SECRET', 'CREDENTIAL_SECRET'] as const)
      if (settings[name] === undefined)
        mistakes.push(
          `${name}: instances that share their engines have the same; make one with: openssl rand -base64 48`,
        )
  return mistakes
}

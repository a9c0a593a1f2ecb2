import type { Authenticator } from '../../nodes/identity/authenticator.ts'
import type { UserPrincipal } from '../../nodes/platform/kit/endpoints/principal.ts'
import { editorScopeOf } from '../../nodes/identity/roles.ts'

/** Somebody as Node-RED's editor and audit log know them. */
export interface EditorUser {
  readonly username: string
  /** `*` may deploy, `read` may look. */
  readonly permissions: '*' | 'read'
}

/** The part of Node-RED's `settings.adminAuth` that we use. */
export interface EditorAuth {
  readonly type: 'credentials'
  readonly users: (username: string) => Promise<EditorUser | null>
  readonly authenticate: (username: string, password: string) => Promise<EditorUser | null>
  readonly tokens: (presented: string) => Promise<EditorUser | null>
  readonly tokenHeader: 'cookie'
}

/**
 * Opens the editor, its admin API and its socket with our session cookie; `editorGate` hands access tokens of tools
 * over in the same place.
 *
 * Node-RED's own tokens are never made: they live for a week, lie in a file as they are, keep the rights of the day
 * they were made, and their login knows no address to throttle. So nobody is found by name alone, and `editorGate`
 * answers the password grant instead.
 */
export function editorAuth(authenticator: Authenticator): EditorAuth {
  const nobody = (): Promise<null> => Promise.resolve(null)
  return {
    type: 'credentials',
    users: nobody,
    authenticate: nobody,
    tokenHeader: 'cookie',
    async tokens(presented) {
      // Where a request came from was checked before Node-RED saw it (`editorGate`, `guardUpgrades`).
      const authentication = await authenticator.authenticate({
        ...(isToken(presented)
          ? { authorization: `Bearer ${presented}`, cookie: undefined }
          : { authorization: undefined, cookie: presented }),
        origin: undefined,
        host: undefined,
        method: 'GET',
        address: 'editor',
      })
      if (authentication.kind !== 'authenticated' || authentication.principal.kind !== 'user') return null
      return editorUserOf(authentication.principal) ?? null
    },
  }
}

/** Undefined for those who may not even look. */
export function editorUserOf({ email, permissions }: UserPrincipal): EditorUser | undefined {
  const scope = editorScopeOf(permissions)
  return scope === undefined ? undefined : { username: email, permissions: scope }
}

/** A JWT has no `=`; a Cookie header has at least one. */
const isToken = (presented: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(presented)

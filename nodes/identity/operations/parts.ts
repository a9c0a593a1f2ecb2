import { refuse, type WholeOutcome } from '../../platform/kit/endpoints/operation.ts'
import type { Principal } from '../../platform/kit/endpoints/principal.ts'
import { conflict, problem } from '../../platform/kit/endpoints/problem.ts'
import type { Filter } from '../../platform/store/port.ts'
import type { RoleRefusal } from '../own-roles.ts'
import type { Granter } from '../role.ts'

/** Those that somebody may see by what they are: all, those of the own company, the own one. */
export function organizationsOf(principal: Principal | undefined): Filter {
  if (principal === undefined) return { id: '' }
  if (principal.orgId === undefined) return {}
  const companyId = principal.kind === 'user' ? principal.companyId : undefined
  return companyId === undefined ? { id: principal.orgId } : { companyId }
}

/** By what they give roles. */
export function granterOf(principal: Principal | undefined): Granter {
  if (principal === undefined) return { role: undefined, permissions: [] }
  const role = principal.kind === 'user' || principal.kind === 'service-account' ? principal.role : undefined
  return { role, permissions: principal.permissions }
}

export const exceeds = (path: string): WholeOutcome =>
  refuse(problem(403, 'that is more than you may do yourself', [{ path, message: 'is more than you hold' }]))

const roleRefusals: Readonly<Record<RoleRefusal, WholeOutcome>> = {
  missing: refuse(problem(404, 'no such role')),
  exists: refuse(conflict('body.key', 'a role with this key exists')),
  exceeds: exceeds('body.permissions'),
  'in-use': refuse(
    conflict('params.key', 'users or service accounts have this role; give them another first'),
  ),
  tier: refuse(problem(403, 'the five tiers are the same everywhere and cannot be changed')),
}
export const roleRefused = (why: RoleRefusal): WholeOutcome => roleRefusals[why]

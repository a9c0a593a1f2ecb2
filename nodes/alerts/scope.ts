import type { Scope } from './rule.ts'

/** As much of a device as scopes ask for. */
export interface Scoped {
  readonly device: { readonly id: string; readonly classKey: string; readonly tags: readonly string[] }
}

/** Whether a device is in the scope of a rule, whose organization is another question. */
export function isInScope({ scope }: { readonly scope: Scope }, { device }: Scoped): boolean {
  if (scope.deviceId !== undefined) return scope.deviceId === device.id
  if (scope.classKey !== undefined) return scope.classKey === device.classKey
  return scope.tag === undefined || device.tags.includes(scope.tag)
}

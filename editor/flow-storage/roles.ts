import { canonicalNode } from './canonical.ts'
import { isTab, textOf } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'

export const ROLES = ['ingest', 'process', 'serve'] as const
export type Role = (typeof ROLES)[number]

function isRoleVariable(entry: unknown): entry is { name: 'ROLE'; value: string } {
  if (typeof entry !== 'object' || entry === null) return false
  return 'name' in entry && entry.name === 'ROLE' && 'value' in entry && typeof entry.value === 'string'
}

/** What a tab's environment gives for `ROLE`; undefined for a tab that runs in every process. */
export function roleOf(tab: FlowNode): string | undefined {
  const env: unknown = tab['env']
  if (!isTab(tab) || !Array.isArray(env)) return undefined
  const role = env.find(isRoleVariable)?.value
  return role === '' ? undefined : role
}

function runsElsewhere(node: FlowNode, roles: ReadonlySet<string>): boolean {
  const role = roleOf(node)
  return role !== undefined && !roles.has(role)
}

/** The flows as a process with these roles runs them: tabs of other roles are disabled. */
export function disableOtherRoles(flows: readonly FlowNode[], roles: ReadonlySet<string>): FlowNode[] {
  return flows.map((node) => (runsElsewhere(node, roles) ? canonicalNode({ ...node, disabled: true }) : node))
}

/** A deploy that can't be taken; the editor and the admin API show its message. */
export class DeployRefused extends Error {
  override readonly name = 'DeployRefused'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

function asStored(tab: FlowNode, stored: FlowNode | undefined): FlowNode {
  const { disabled: _, ...rest } = tab
  if (stored === undefined) return { ...rest, id: tab.id, type: tab.type, disabled: false }
  const disabled: unknown = stored['disabled']
  return { ...rest, id: tab.id, type: tab.type, ...(disabled === undefined ? {} : { disabled }) }
}

/**
 * The reverse of {@link disableOtherRoles}: deployed flows as they belong in the files. Whether a tab of another role is
 * disabled can't be told from what was deployed, so what the file says (`storedTabs` by id) stays.
 * Refuses an enabled tab of another role: Node-RED would run it here until the next restart.
 */
export function takeRolesBack(
  flows: readonly FlowNode[],
  roles: ReadonlySet<string>,
  storedTabs: ReadonlyMap<string, FlowNode>,
): FlowNode[] {
  return flows.map((node) => {
    if (!isTab(node)) return node
    const stored = storedTabs.get(node.id)
    if (runsElsewhere(node, roles)) {
      if (node['disabled'] === true) return asStored(node, stored)
      throw new DeployRefused(
        'role_not_enabled',
        `Tab "${textOf(node, 'label') ?? node.id}" has ROLE=${roleOf(node)}, and this process has ` +
          `${[...roles].join(', ') || 'no role'}. Deploy it where that role runs, or disable the tab here: ` +
          `it stays enabled where its role runs.`,
      )
    }
    const wasDisabledByRole =
      stored !== undefined && runsElsewhere(stored, roles) && node['disabled'] === true
    return wasDisabledByRole ? asStored(node, stored) : node
  })
}

import { describe, expect, test } from 'vitest'
import type { FlowNode } from './flow-node.ts'
import { disableOtherRoles, takeRolesBack } from './roles.ts'

const serve = new Set(['serve'])

function tab(more: Record<string, unknown>, role?: string): FlowNode {
  const env = role === undefined ? [] : [{ name: 'ROLE', value: role, type: 'str' }]
  return { id: 't', type: 'tab', label: 'Uplink', env, ...more }
}

function takenBack(deployed: FlowNode, stored?: FlowNode): FlowNode | undefined {
  return takeRolesBack([deployed], serve, new Map(stored === undefined ? [] : [[stored.id, stored]]))[0]
}

describe('a tab', () => {
  test('is disabled in a process without its role, and only there', () => {
    expect(disableOtherRoles([tab({}, 'ingest')], serve)).toEqual([tab({ disabled: true }, 'ingest')])
    expect(disableOtherRoles([tab({}, 'ingest')], new Set(['ingest']))).toEqual([tab({}, 'ingest')])
    expect(disableOtherRoles([tab({})], serve)).toEqual([tab({})])
  })

  test.each([{}, { disabled: false }, { disabled: true }])('of another role keeps %j in its file', (flag) => {
    const stored = tab(flag, 'ingest')
    const deployed = disableOtherRoles([stored], serve)[0] ?? stored
    expect(takenBack(deployed, stored)).toEqual(stored)
  })

  test('of another role that is new here is enabled in its file', () => {
    expect(takenBack(tab({ disabled: true }, 'ingest'))).toEqual(tab({ disabled: false }, 'ingest'))
  })

  test('of another role that is deployed enabled is refused, with a way out', () => {
    expect(() => takenBack(tab({}, 'ingest'))).toThrow(
      'Tab "Uplink" has ROLE=ingest, and this process has serve. Deploy it where that role runs, or disable the tab here',
    )
  })

  test('that gets a role of this process is no longer disabled by the old one', () => {
    const deployed = tab({ disabled: true }, 'serve')
    expect(takenBack(deployed, tab({ disabled: false }, 'ingest'))).toEqual(tab({ disabled: false }, 'serve'))
  })

  test('that its author disables is disabled in its file', () => {
    expect(takenBack(tab({ disabled: true }, 'serve'), tab({}, 'serve'))).toEqual(
      tab({ disabled: true }, 'serve'),
    )
  })
})

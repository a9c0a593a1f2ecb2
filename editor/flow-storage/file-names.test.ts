import { describe, expect, test } from 'vitest'
import { nameFiles } from './file-names.ts'
import type { FlowNode } from './flow-node.ts'

const tab = (id: string, label?: string): FlowNode => ({
  id,
  type: 'tab',
  ...(label === undefined ? {} : { label }),
})

function named(containers: FlowNode[], previous: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(nameFiles(containers, new Map(Object.entries(previous))))
}

describe('a file is named', () => {
  test('by its label in kebab case', () => {
    const names = named([tab('a', 'Operator dashboard'), tab('b', '  Überblick / Été! ')])
    expect(names).toEqual({ a: 'operator-dashboard', b: 'uberblick-ete' })
  })

  test('by its id when the label has no letters for it', () => {
    expect(named([tab('F00', '日本'), tab('b2')])).toEqual({ F00: 'tab-f00', b2: 'tab-b2' })
  })

  test('with a prefix for a subflow', () => {
    expect(named([{ id: 's', type: 'subflow', name: 'Retry' }])).toEqual({ s: 'subflow-retry' })
  })

  test('never like the files for globals and tab order', () => {
    expect(named([tab('a', 'Globals'), tab('b', 'Tab order')])).toEqual({ a: 'globals-2', b: 'tab-order-2' })
  })

  test('with a number when others have the label, and the owner of the plain name keeps it', () => {
    expect(named([tab('a', 'Zone'), tab('b', 'zone')])).toEqual({ a: 'zone', b: 'zone-2' })
    expect(named([tab('a', 'Zone'), tab('b', 'zone')], { b: 'zone' })).toEqual({ a: 'zone-2', b: 'zone' })
  })

  test('anew when its tab is renamed', () => {
    expect(named([tab('a', 'Zone')], { a: 'alerts' })).toEqual({ a: 'zone' })
  })

  test('with the plain name once that is free', () => {
    expect(named([tab('b', 'Zone')], { b: 'zone-2' })).toEqual({ b: 'zone' })
  })

  test('as before when a newcomer would like its numbered name', () => {
    const containers = [tab('new', 'Zone 2'), tab('a', 'Zone'), tab('b', 'Zone')]
    expect(named(containers, { a: 'zone', b: 'zone-2' })).toEqual({ a: 'zone', b: 'zone-2', new: 'zone-2-2' })
  })
})

import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Import, importsBelow, importsIn } from './imports.ts'
import { circlesOf, crossing, fileOf, platformRoom, roomOf } from './rooms.ts'

const rooms = [
  'client',
  'nodes',
  'engines',
  'editor',
  'server',
  'demo',
  'settings',
  'dashboards',
  'sim',
  'bench',
  'test',
]
const imports = importsBelow(path.join(import.meta.dirname, '..'), rooms)

const arrowsOf = (which: (arrow: Import) => boolean): readonly string[] =>
  crossing(imports)
    .filter(which)
    .map(({ from, to }) => `${from} → ${to}`)

describe('rooms', () => {
  test('have no arrows in a circle', () => {
    expect(circlesOf(imports)).toEqual([])
  })

  test('have files that import one another in no circle either, not even for a type', () => {
    expect(circlesOf(imports, fileOf)).toEqual([])
  })

  test('that stand on the platform are not known to it', () => {
    expect(arrowsOf(({ from }) => roomOf(from) === platformRoom)).toEqual([])
  })

  test('of the domains, the editor and the server know no engine', () => {
    const isBelow = (room = ''): boolean =>
      room.startsWith('nodes/') || room === 'editor' || room === 'server'
    expect(arrowsOf(({ from, to }) => isBelow(roomOf(from)) && roomOf(to) === 'engines')).toEqual([])
  })

  test('are put together by settings alone, which nobody else knows', () => {
    expect(arrowsOf(({ to }) => roomOf(to) === 'settings')).toEqual([])
  })
})

describe('the fence', () => {
  test('sees values, types, several lines and what is loaded later, and nothing in comments', () => {
    const text = [
      `import { a } from '../b/a.ts'`,
      `import type { T } from '../../engines/t.ts'`,
      `export {\n  c,\n  d,\n} from './c.ts'`,
      `const later = () => import('../later.ts')`,
      `import './effect.ts'`,
      `export const from = 'nowhere.ts'`,
      `// import { x } from '../x.ts'`,
    ].join('\n')
    expect(importsIn('nodes/a/file.ts', text).map(({ to }) => to)).toEqual([
      'nodes/b/a.ts',
      'engines/t.ts',
      'nodes/a/c.ts',
      'nodes/later.ts',
      'nodes/a/effect.ts',
    ])
  })

  test.each<[what: string, arrows: readonly (readonly [string, string])[], circles: readonly string[][]]>([
    ['one way', [['editor/a.ts', 'nodes/http/b.ts']], []],
    [
      'within a room',
      [
        ['editor/a.ts', 'editor/b.ts'],
        ['editor/b.ts', 'editor/a.ts'],
      ],
      [],
    ],
    [
      'between two domains',
      [
        ['nodes/x/a.ts', 'nodes/y/b.ts'],
        ['nodes/y/c.ts', 'nodes/x/d.ts'],
      ],
      [['nodes/x', 'nodes/y']],
    ],
    [
      'over a third',
      [
        ['a/1.ts', 'b/1.ts'],
        ['b/2.ts', 'c/1.ts'],
        ['c/2.ts', 'a/2.ts'],
        ['d/1.ts', 'a/1.ts'],
      ],
      [['a', 'b', 'c']],
    ],
    [
      'of packages',
      [
        ['a/1.ts', 'zod'],
        ['b/1.ts', 'zod'],
      ],
      [],
    ],
  ])('finds circles: %s', (_, arrows, circles) => {
    expect(circlesOf(arrows.map(([from, to]) => ({ from, to })))).toEqual(circles)
  })

  test('looks at every room', () => {
    const seen = new Set(imports.map(({ from }) => from.split('/')[0] ?? ''))
    expect([...seen].toSorted()).toEqual(rooms.toSorted())
  })
})

import { expect, test } from 'vitest'
import { formatNodes } from './format.ts'

test('a file has one property a line, the place of a node on one and its wires on one', () => {
  const text = formatNodes([
    {
      wires: [['b', 'c'], []],
      y: 40,
      x: 120,
      z: 't',
      type: 'switch',
      rules: [{ t: 'eq', v: 'a\nb' }],
      id: 'a',
      g: 'g',
      name: '',
    },
    { id: 'g', type: 'group', z: 't', x: 1, y: 2, w: 3, h: 4, nodes: ['a'], style: {} },
  ])
  expect(text).toBe(`[
  {
    "id": "a",
    "type": "switch",
    "z": "t",
    "name": "",
    "rules": [
      {
        "t": "eq",
        "v": "a\\nb"
      }
    ],
    "x": 120, "y": 40,
    "g": "g",
    "wires": [["b","c"],[]]
  },
  {
    "id": "g",
    "type": "group",
    "z": "t",
    "nodes": [
      "a"
    ],
    "style": {},
    "x": 1, "y": 2, "w": 3, "h": 4
  }
]
`)
})

test('a file without nodes is an empty list', () => {
  expect(formatNodes([])).toBe('[]\n')
})

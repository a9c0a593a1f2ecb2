import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { importsBelow } from './imports.ts'

const root = path.join(import.meta.dirname, '..')
const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()) })
const dependenciesOf = (file: string): Readonly<Record<string, string>> =>
  manifestSchema.parse(JSON.parse(readFileSync(path.join(root, file), 'utf8'))).dependencies

/** Who loads the package is there already. */
const host = 'node-red'
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

/** The halves of widgets that are bundled, with all that they import. */
const runsInBrowser = /^nodes\/dashboards\/ui-[^/]+\/(?!node\.ts)/

test('the package of nodes declares what nodes/ imports, and no more', () => {
  const imported = importsBelow(root, ['nodes'])
    .filter(({ from }) => !runsInBrowser.test(from))
    .map(({ to }) => to)
    .filter((to) => !to.startsWith('node:') && !to.startsWith('nodes/'))
    .map(packageOf)
    .filter((name) => name !== host)
  expect(Object.keys(dependenciesOf('nodes/package.json'))).toEqual([...new Set(imported)].toSorted())
})

test('in the version that the project has', () => {
  const ours = dependenciesOf('package.json')
  const others = Object.entries(dependenciesOf('nodes/package.json')).filter(
    ([name, version]) => version.replace('^', '') !== ours[name],
  )
  expect(others).toEqual([])
})

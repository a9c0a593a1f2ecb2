import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { twoTabs } from '../flow-storage/flows.fixture.ts'
import { formatFindings } from './format-findings.ts'
import { installedTypes } from './installed-types.ts'
import { lintFlows } from './lint.ts'

const require = createRequire(import.meta.url)

const faulty = [
  { id: 'b', type: 'tab', label: 'Booking' },
  { id: 'in', type: 'http in', z: 'b', name: 'POST booking', x: 1, y: 1, wires: [['done']] },
  { id: 'done', type: 'http response', z: 'b', d: true, x: 400, y: 1, wires: [] },
  { id: 'cfg', type: 'mqtt-broker', password: 'hunter2' },
]

test('flows without faults give no findings', () => {
  expect(lintFlows(twoTabs(), new Map())).toEqual([])
  expect(formatFindings([])).toBe('Flows: nothing to complain about.\n')
})

test('a finding says where it is', () => {
  expect(lintFlows(faulty, new Map()).find(({ rule }) => rule === 'http-in-reply')).toMatchObject({
    severity: 'error',
    file: 'booking.json',
    tab: 'Booking',
    nodeId: 'in',
    nodeType: 'http in',
    nodeName: 'POST booking',
  })
})

test('findings are printed by file, with their count', () => {
  const lines = formatFindings(lintFlows(faulty, new Map())).split('\n')
  expect(lines.map((line) => line.replace(/: .*\[/, ': … ['))).toEqual([
    'booking.json (Booking)',
    '  error    http in "POST booking" (in): … [http-in-reply]',
    '  warning  http response (done): … [disabled-leftover]',
    '',
    'globals.json (globals)',
    '  error    mqtt-broker (cfg): … [secret-in-property]',
    '',
    '2 errors, 1 warning',
    '',
  ])
})

test('types that exist can be given, so that excluded ones are found', () => {
  const findings = lintFlows(twoTabs(), new Map(), { otherTypes: new Set(['inject', 'debug']) })
  expect(findings.map(({ rule, nodeId }) => `${rule} ${nodeId}`)).toEqual(['unknown-type fn'])
})

test('the list of installed types is that of the installed packages', async () => {
  const core = join(dirname(require.resolve('@node-red/nodes/package.json')), 'core')
  const files = (await readdir(core, { recursive: true })).filter((name) => name.endsWith('.js'))
  const sources = await Promise.all(files.map((name) => readFile(join(core, name), 'utf8')))
  const registered = sources.flatMap((source) =>
    [...source.matchAll(/registerType\(["']([^"']+)["']/g)].map(([, type]) => type),
  )
  const dashboard: unknown = require('@flowfuse/node-red-dashboard/package.json')
  const manifest = z.object({ 'node-red': z.object({ nodes: z.record(z.string(), z.string()) }) })
  const widgets = Object.keys(manifest.parse(dashboard)['node-red'].nodes)
  const expected = new Set([...registered, ...widgets].filter((type) => type !== 'unknown'))
  expect(installedTypes).toEqual(expected)
})

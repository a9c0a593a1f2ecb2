import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fleetloom-fence-'))
  copyFileSync(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Which of these imports lint refuses in this file. */
function refusedIn(file: string, imports: readonly string[]): readonly string[] {
  const target = path.join(folder, file)
  mkdirSync(path.dirname(target), { recursive: true })
  const lines = imports.map((from, index) => `export { something as name${index} } from '${from}'`)
  writeFileSync(target, `${lines.join('\n')}\n`)
  const { stdout } = spawnSync(path.join(root, 'node_modules/.bin/oxlint'), [file], {
    cwd: folder,
    encoding: 'utf8',
  })
  return imports.filter((from) => stdout.includes(`'${from}' import is restricted`))
}

const adapters = [
  'node:sqlite',
  'mongodb',
  'ioredis',
  'aedes',
  'mqtt',
  '@aws-sdk/client-s3',
  '../../engines/store/sqlite.ts',
  '../../engines/store/mongo.ts',
  '../../engines/store/mongo/row.ts',
  '../../engines/stream/redis.ts',
  '../../engines/broker/aedes.ts',
  '../../engines/broker/mqtt.ts',
  '../../engines/bus/memory.ts',
]

describe('nothing above the ports imports an adapter:', () => {
  test.each([
    ['rules', 'nodes/telemetry/rule.ts'],
    ['nodes', 'nodes/telemetry/store/node.ts'],
    ['the kit', 'nodes/platform/kit/helper.ts'],
    ['the platform they are given', 'nodes/platform/platform.ts'],
    ['ports', 'nodes/platform/store/port.ts'],
    ['shells of a domain', 'nodes/devices/gate/broker-gate.ts'],
    ['the editor', 'editor/node-red.ts'],
    ['the server', 'server/app.ts'],
    ['the start', 'settings/start.ts'],
    ['commands', 'settings/commands/replay.ts'],
  ])('%s are refused every one', (_, file) => {
    expect(refusedIn(file, adapters)).toEqual(adapters)
  })

  test.each([
    ['the composition opens them', 'settings/engines.ts'],
    ['adapters stand on their engines', 'engines/stream/redis.ts'],
    ['tests try them', 'nodes/telemetry/rule.test.ts'],
  ])('%s', (_, file) => {
    expect(refusedIn(file, adapters)).toEqual([])
  })

  test('ports are open to everybody', () => {
    const ports = ['../platform/store/port.ts', '../platform/bus/port.ts']
    expect(refusedIn('nodes/telemetry/rule.ts', ports)).toEqual([])
    expect(refusedIn('settings/start.ts', ports)).toEqual([])
  })

  test('nor does anything load one later, which lint does not see', () => {
    const files = globSync('{nodes,editor,server,demo,settings}/**/*.ts', {
      cwd: root,
      exclude: ['nodes/dist/**', '**/*.{test,fixture}.ts'],
    })
    const later = files.filter((file) =>
      /\bimport\(\s*'[^']*(sqlite|redis|mongo|aedes|mqtt)/.test(readFileSync(path.join(root, file), 'utf8')),
    )
    expect(later.sort()).toEqual([
      'settings/engines.ts',
      'settings/open-broker.ts',
      'settings/open-latest.ts',
    ])
  })
})

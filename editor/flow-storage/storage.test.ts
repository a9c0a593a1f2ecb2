import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { twoTabs, withChange } from './flows.fixture.ts'
import { asDeployError, createFlowStorage } from './storage.ts'
import type { FlowStorage } from './storage.ts'

let root: string
let flowsDir: string
let deploys: object[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flow-storage-'))
  flowsDir = join(root, 'flows')
  deploys = []
})
afterEach(() => rm(root, { recursive: true }))

function open(...roles: string[]): FlowStorage {
  const logger = { info: (details: object): void => void deploys.push(details) }
  return createFlowStorage({
    flowsDir,
    userDir: root,
    credentialSecret: 'a secret',
    roles: new Set(roles),
    logger,
  })
}

const ingestTab = {
  ...twoTabs()[0],
  id: 'tab-a',
  type: 'tab',
  env: [{ name: 'ROLE', value: 'ingest', type: 'str' }],
}

describe('saved flows', () => {
  test('are the same array after a restart, so the revision stays', async () => {
    const flows = twoTabs().toReversed()
    await open().saveFlows(flows)
    expect(JSON.stringify(await open().getFlows())).toBe(JSON.stringify(flows))
  })

  test('are the same array after a restart in a process without a role', async () => {
    await open('ingest').saveFlows([ingestTab, ...twoTabs().slice(1)])
    const storage = open('serve')
    const flows = await storage.getFlows()
    expect(flows.find(({ id }) => id === 'tab-a')).toMatchObject({ disabled: true })
    await storage.saveFlows(flows)
    expect(JSON.stringify(await open('serve').getFlows())).toBe(JSON.stringify(flows))
    expect(await readFile(join(flowsDir, 'ingestion.json'), 'utf8')).toContain('"disabled": false')
  })

  test('write only the files that changed', async () => {
    const storage = open()
    await storage.saveFlows(twoTabs())
    await storage.saveFlows(withChange(twoTabs(), 'log', { x: 999 }))
    expect(deploys.at(-1)).toEqual({ written: ['alerts.json'], removed: [] })
    await storage.saveFlows(withChange(twoTabs(), 'log', { x: 999 }))
    expect(deploys.at(-1)).toEqual({ written: [], removed: [] })
  })

  test('follow the renaming and the removal of a tab', async () => {
    const storage = open()
    await storage.saveFlows(twoTabs())
    await storage.saveFlows(withChange(twoTabs(), 'tab-b', { label: 'Alarms' }))
    expect((await readdir(flowsDir)).sort()).toEqual(['alarms.json', 'ingestion.json', 'tab-order.json'])
    await storage.saveFlows(twoTabs().filter(({ id, z }) => id !== 'tab-b' && z !== 'tab-b'))
    expect(await readdir(flowsDir)).toEqual(['ingestion.json'])
  })

  test('leave the files of others alone', async () => {
    await open().saveFlows(twoTabs())
    await writeFile(join(flowsDir, 'alerts.test.json'), '{}')
    const storage = open()
    await storage.saveFlows((await storage.getFlows()).slice(0, 1))
    expect((await readdir(flowsDir)).sort()).toEqual(['alerts.test.json', 'ingestion.json'])
  })

  test('never hold credentials', async () => {
    await open().saveFlows([{ id: 'c', type: 'mqtt-broker', credentials: { password: 'hunter2' } }])
    expect(await readFile(join(flowsDir, 'globals.json'), 'utf8')).not.toContain('hunter2')
  })
})

describe('a deploy is refused', () => {
  test('when a file changed on disk since it was loaded, until it is loaded again', async () => {
    const storage = open()
    await storage.saveFlows(twoTabs())
    await writeFile(join(flowsDir, 'new.json'), '[{"id": "t", "type": "tab", "label": "New"}]')
    await expect(storage.saveFlows(twoTabs())).rejects.toThrow(
      'new.json changed on disk since the flows were loaded',
    )
    await storage.saveFlows(await storage.getFlows())
    expect(await readdir(flowsDir)).toContain('new.json')
  })

  test('when two nodes have the same id', async () => {
    const flows = [...twoTabs(), { id: 'log', type: 'debug' }]
    await expect(open().saveFlows(flows)).rejects.toThrow('Two nodes have the id log')
  })

  test('when a file there cannot be read, which it would overwrite', async () => {
    await open().saveFlows(twoTabs())
    await writeFile(join(flowsDir, 'alerts.json'), '[')
    await expect(open().saveFlows(twoTabs())).rejects.toThrow('alerts.json, line 1, column 2: not valid JSON')
  })

  test.each(['EROFS', 'EACCES', 'EPERM'])('clearly when the directory answers %s', (code) => {
    const error = asDeployError(Object.assign(new Error('no'), { code }), '/app/flows')
    expect(error).toMatchObject({ code: 'flows_read_only' })
    expect(String(error)).toContain('The flows directory /app/flows is read-only here')
  })

  test('but other trouble is told as it is', () => {
    const error = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
    expect(asDeployError(error, '/app/flows')).toBe(error)
  })
})

describe('loading', () => {
  test('an absent directory gives no flows', async () => {
    expect(await open().getFlows()).toEqual([])
  })

  test('a node that is in two files is refused', async () => {
    await open().saveFlows(twoTabs())
    await writeFile(join(flowsDir, 'copy.json'), await readFile(join(flowsDir, 'alerts.json'), 'utf8'))
    await expect(open().getFlows()).rejects.toThrow('copy.json: node tab-b is also in alerts.json')
  })

  test('a file that is not JSON is named with the place', async () => {
    await open().saveFlows(twoTabs())
    await writeFile(join(flowsDir, 'alerts.json'), '[\n  {"id": "a",}\n]')
    await expect(open().getFlows()).rejects.toThrow(
      join(flowsDir, 'alerts.json, line 2, column 14: not valid JSON'),
    )
  })
})

describe('credentials', () => {
  test('are kept beside the flows in a file that only its owner reads', async () => {
    expect(Object.keys(await open().getCredentials())).toEqual(['$'])
    await open().saveCredentials({ $: 'encrypted' })
    expect(await open().getCredentials()).toEqual({ $: 'encrypted' })
    expect((await stat(join(root, 'flows_cred.json'))).mode & 0o777).toBe(0o600)
  })

  test('that were kept unencrypted are encrypted when they are read', async () => {
    await writeFile(join(root, 'flows_cred.json'), '{"a":{"password":"in the clear"}}', { mode: 0o644 })
    const read = await open().getCredentials()
    expect(Object.keys(read)).toEqual(['$'])
    expect(JSON.parse(await readFile(join(root, 'flows_cred.json'), 'utf8'))).toEqual(read)
    expect((await stat(join(root, 'flows_cred.json'))).mode & 0o777).toBe(0o600)
    expect(await open().getCredentials()).toEqual(read)
  })
})

test('Node-RED finds every call as an own property', () => {
  expect(Object.keys(open()).sort()).toEqual(
    [
      'init',
      'getFlows',
      'saveFlows',
      'digests',
      'getCredentials',
      'saveCredentials',
      'getSettings',
      'saveSettings',
      'getSessions',
      'saveSessions',
      'getLibraryEntry',
      'saveLibraryEntry',
    ].sort(),
  )
})

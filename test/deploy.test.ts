import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type DeploymentType, EditorClient, type FlowNode } from './harness/editor-client.ts'
import { registerFleet, report } from './harness/fleet.ts'
import { judge, kept } from './harness/oracle.ts'
import { Publisher } from './harness/publisher.ts'
import { seededRandom } from './harness/random.ts'
import { createOrganization } from './harness/resources.ts'
import { untilTrue } from './harness/until.ts'
import { usePlatform } from './harness/use-platform.ts'
import { addUser } from './harness/users.ts'

const deploys = 20
const types: readonly [DeploymentType, ...DeploymentType[]] = ['full', 'nodes', 'flows']

describe('a deploy of the ingestion tab under full load', () => {
  const running = usePlatform()

  it(`loses nothing and doubles nothing, ${deploys} times, even when a kill follows the last`, async () => {
    const platform = running()
    const random = seededRandom('deploy')
    const editor = new EditorClient(platform.api)
    const { api, devices } = await registerFleet(platform.api, 20)
    const publisher = await Publisher.connect(platform.mqttPort, devices)
    const { flows } = await editor.flows()
    const steps = ingestionSteps(flows)
    publisher.publish()
    for (let round = 0; round < deploys; round += 1) {
      await publisher.whenAcknowledged(500)
      const { id, name = '', x } = random.pick(steps)
      const change = round % 2 === 0 ? { name: `${String(name)} ${round}` } : { x: Number(x) + round }
      await editor.change((node) => node.id === id, change, types[round % types.length] ?? 'full')
    }
    await publisher.whenAcknowledged(500)
    await delay(random.between(0, 300))
    await platform.kill('SIGKILL')
    await platform.start()
    await publisher.whenConnected()
    await publisher.drain()
    const verdict = await judge(api, publisher)
    publisher.stop()
    report(`${deploys} deploys and a kill`, verdict)
    expect(verdict).toMatchObject(kept)
    expect(verdict.stored).toBe(verdict.sent)
  })

  it("changes nothing but one line of the tab's file when a node is moved", async () => {
    const { api, flowsDir } = running()
    const editor = new EditorClient(api)
    const before = readFlows(flowsDir)
    const { flows } = await editor.flows()
    const [{ id, y }] = ingestionSteps(flows)
    await editor.change((node) => node.id === id, { y: Number(y) + 20 }, 'nodes')
    const changes = changedLines(before, readFlows(flowsDir))
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({ file: 'ingestion.json', after: expect.stringContaining('"y": ') })
  })

  it('is refused whole when it brings a node type that is not available here', async () => {
    const { api, flowsDir, url } = running()
    const editor = new EditorClient(api)
    const before = readFlows(flowsDir)
    const { flows, rev } = await editor.flows()
    const [{ z }] = ingestionSteps(flows)
    const exec = { id: 'aaaabbbbccccdddd', type: 'exec', z, name: '', x: 10, y: 10, wires: [[], [], []] }
    await expect(editor.deploy({ rev, flows: [...flows, exec] }, 'full')).rejects.toThrow('node_type_refused')
    expect(readFlows(flowsDir)).toEqual(before)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await api.call('GET', '/api/v1/me')).status).toBe(200)
  })

  it('is refused to whoever may not, by password or by role, and changes nothing', async () => {
    const { api, flowsDir, url } = running()
    const editor = new EditorClient(api)
    const before = readFlows(flowsDir)
    const flows = await editor.flows()
    const organization = await createOrganization(api, 'deployers')
    const role = { key: 'reader-of-flows', name: 'Reader', permissions: ['modules:flows:flows:read'] }
    expect((await organization.call('POST', '/api/v1/roles', { body: role })).status).toBe(201)
    const password = 'looks and changes nothing 1'
    for (const each of ['reader-of-flows', 'company-admin', 'org-admin', 'operator', 'member']) {
      await addUser(organization, `${each}@deployers.example`, each, password)
      const person = api.signedInAs(`${each}@deployers.example`, password)
      const looks = (await person.call('GET', '/editor/flows')).status
      const [tab] = flows.flows
      const changes = [
        await person.call('POST', '/editor/flows', { body: { ...flows, flows: [] } }),
        await person.call('POST', '/editor/flow', { body: { label: 'mine', nodes: [] } }),
        await person.call('DELETE', `/editor/flow/${tab?.id ?? ''}`),
        await person.call('PUT', `/editor/flow/${tab?.id ?? ''}`, { body: { label: 'mine', nodes: [] } }),
      ]
      expect([each, looks, ...changes.map(({ status }) => status)]).toEqual([
        each,
        each === 'reader-of-flows' ? 200 : 401,
        ...changes.map(() => 403),
      ])
    }
    expect(await editor.flows()).toEqual(flows)
    expect(readFlows(flowsDir)).toEqual(before)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('with a node type that nobody knows stops the flows, and /readyz says so', async () => {
    const { api, url } = running()
    const editor = new EditorClient(api)
    const { flows, rev } = await editor.flows()
    const [{ z }] = ingestionSteps(flows)
    const unknown = { id: 'aaaabbbbccccdddd', type: 'no-such-type', z, name: '', x: 10, y: 10, wires: [[]] }
    const after = await editor.deploy({ rev, flows: [...flows, unknown] }, 'full')
    const answer = await fetch(`${url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('no-such-type')
    await editor.deploy({ rev: after, flows }, 'full')
    await untilTrue('/readyz answers 200', async () => (await fetch(`${url}/readyz`)).status === 200)
  })

  it('loads the same flows after a restart', async () => {
    const platform = running()
    const editor = new EditorClient(platform.api)
    const before = await editor.flows()
    await platform.restart()
    expect(await editor.flows()).toEqual(before)
  })
})

function readFlows(folder: string): ReadonlyMap<string, readonly string[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return new Map(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8').split('\n')]))
}

function changedLines(
  before: ReadonlyMap<string, readonly string[]>,
  after: ReadonlyMap<string, readonly string[]>,
): readonly { readonly file: string; readonly before: string; readonly after: string }[] {
  expect([...after.keys()]).toEqual([...before.keys()])
  return [...after].flatMap(([file, lines]) => {
    const old = before.get(file) ?? []
    expect(lines.length, `lines of ${file}`).toBe(old.length)
    return lines
      .map((line, index) => ({ file, before: old[index] ?? '', after: line }))
      .filter((line) => line.before !== line.after)
  })
}

/** The nodes that a reading passes. */
function ingestionSteps(flows: readonly FlowNode[]): [FlowNode, ...FlowNode[]] {
  const tab = flows.find((node) => node.type === 'tab' && node['label'] === 'ingestion')
  const [first, ...rest] = flows.filter((node) => node['z'] === tab?.id && node.type !== 'comment')
  if (first === undefined) throw new Error('the ingestion tab is empty')
  return [first, ...rest]
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { deployFiles } from './deploy-journal.ts'
import { textsOf } from './flow-directory.ts'
import { toFiles } from './canonical.ts'
import { flowNodesSchema } from './flow-node.ts'
import type { FlowNode } from './flow-node.ts'
import { twoTabs, withChange } from './flows.fixture.ts'

const STARTUP_MS = 60_000

const flowsAnswer = z.object({ rev: z.string(), flows: flowNodesSchema })
const deployAnswer = z.object({ rev: z.string() })
const addressMessage = z.object({ port: z.number() })

interface Running extends AsyncDisposable {
  flows(): Promise<z.infer<typeof flowsAnswer>>
  deploy(body: object): Promise<Response>
  /** As the editor gets them. */
  credentials(type: string, id: string): Promise<unknown>
}

let root: string
let flowsDir: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flow-storage-'))
  flowsDir = join(root, 'flows')
  await deployFiles(flowsDir, { write: textsOf(toFiles(twoTabs())), remove: [] })
})
afterEach(() => rm(root, { recursive: true }))

async function startNodeRed(): Promise<Running> {
  const child = fork(join(import.meta.dirname, 'headless.fixture.ts'), [flowsDir, root], { execArgv: [] })
  const exited = once(child, 'exit')
  const failed = exited.then(([code]) => {
    throw new Error(`Node-RED ended with ${code} before its flows started`)
  })
  const message: unknown = await Promise.race([once(child, 'message').then(([first]) => first), failed])
  failed.catch(() => undefined)
  const base = `http://127.0.0.1:${addressMessage.parse(message).port}`
  const url = `${base}/flows`
  const headers = { 'Node-RED-API-Version': 'v2', 'Content-Type': 'application/json' }
  return {
    flows: async () => flowsAnswer.parse(await (await fetch(url, { headers })).json()),
    deploy: (body) => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }),
    credentials: async (type, id) => (await fetch(`${base}/credentials/${type}/${id}`, { headers })).json(),
    async [Symbol.asyncDispose]() {
      child.send('stop')
      await exited
    },
  }
}

async function linesByFile(): Promise<Map<string, string[]>> {
  const names = await readdir(flowsDir)
  const read = names.map(
    async (name) => [name, (await readFile(join(flowsDir, name), 'utf8')).split('\n')] as const,
  )
  return new Map(await Promise.all(read))
}

test(
  'a node moved in the editor is one changed line, and the revision outlives a restart',
  async () => {
    const before = await linesByFile()
    let deployed: string
    {
      await using nodeRed = await startNodeRed()
      const { flows, rev } = await nodeRed.flows()
      // The editor sends keys in an order of its own.
      const shuffled = (node: FlowNode): FlowNode => {
        const reversed = Object.fromEntries(Object.entries(node).toReversed())
        return { ...reversed, id: node.id, type: node.type }
      }
      const moved = withChange(flows, 'fn', { x: 320, y: 120 }).map(shuffled)
      const answer = await nodeRed.deploy({ flows: moved, rev })
      expect(answer.status).toBe(200)
      deployed = deployAnswer.parse(await answer.json()).rev
      expect((await nodeRed.flows()).rev).toBe(deployed)
    }

    const after = await linesByFile()
    expect([...after.keys()]).toEqual([...before.keys()])
    const changed = [...after].flatMap(([name, lines]) =>
      lines.flatMap((line, index) => (line === before.get(name)?.[index] ? [] : [`${name}: ${line.trim()}`])),
    )
    expect(changed).toEqual(['ingestion.json: "x": 320, "y": 120,'])
    expect(after.get('ingestion.json')).toHaveLength(before.get('ingestion.json')?.length ?? 0)

    await using restarted = await startNodeRed()
    expect((await restarted.flows()).rev).toBe(deployed)
  },
  STARTUP_MS,
)

test(
  'a refused deploy is answered with the reason, and changes nothing',
  async () => {
    await using nodeRed = await startNodeRed()
    const { flows, rev } = await nodeRed.flows()
    const before = await linesByFile()
    const env = [{ name: 'ROLE', value: 'ingest', type: 'str' }]
    const answer = await nodeRed.deploy({
      flows: [...flows, { id: 'n', type: 'tab', label: 'New', env }],
      rev,
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'role_not_enabled' })
    expect(await linesByFile()).toEqual(before)
    expect((await nodeRed.flows()).rev).toBe(rev)
  },
  STARTUP_MS,
)

test(
  'credentials that were kept unencrypted are encrypted, and Node-RED knows them still, also those deployed later',
  async () => {
    const file = join(root, 'flows_cred.json')
    const tab = twoTabs().find(({ type }) => type === 'tab')?.id ?? ''
    const caller = { id: 'req', type: 'http request', z: tab, method: 'GET', wires: [[]] }
    await deployFiles(flowsDir, { write: textsOf(toFiles([...twoTabs(), caller])), remove: [] })
    await writeFile(file, '{"req":{"user":"ada@acme","password":"in-the-clear"}}')
    {
      await using nodeRed = await startNodeRed()
      expect(await nodeRed.credentials('http-request', 'req')).toEqual({
        user: 'ada@acme',
        has_password: true,
      })
      expect(await readFile(file, 'utf8')).not.toMatch(/@|in-the-clear/)
      const { flows, rev } = await nodeRed.flows()
      const credentials = { user: 'grace', password: 'deployed-later' }
      const answer = await nodeRed.deploy({ flows: withChange(flows, 'req', { credentials }), rev })
      expect(answer.status).toBe(200)
    }
    expect(await readFile(file, 'utf8')).toMatch(/^\{"\$":"[0-9a-f]{32}[A-Za-z0-9+/=]+"\}\n$/)

    await using restarted = await startNodeRed()
    expect(await restarted.credentials('http-request', 'req')).toEqual({ user: 'grace', has_password: true })
  },
  STARTUP_MS,
)

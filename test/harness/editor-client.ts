import { z } from 'zod'
import type { ApiClient } from './api-client.ts'

const nodeSchema = z.looseObject({ id: z.string(), type: z.string() })
const flowsSchema = z.object({ rev: z.string(), flows: z.array(nodeSchema) })
export type FlowNode = z.output<typeof nodeSchema>
export type Flows = z.output<typeof flowsSchema>
export type DeploymentType = 'full' | 'nodes' | 'flows'

/** The editor's admin API, as the Deploy button uses it. */
export class EditorClient {
  readonly #api: ApiClient

  constructor(api: ApiClient) {
    this.#api = api
  }

  flows(): Promise<Flows> {
    return this.#api.expect(flowsSchema, 'GET', '/editor/flows', {
      headers: { 'node-red-api-version': 'v2' },
    })
  }

  /** Gives the new revision. @throws when the deploy is refused */
  async deploy(flows: Flows, type: DeploymentType): Promise<string> {
    const { rev } = await this.#api.expect(z.object({ rev: z.string() }), 'POST', '/editor/flows', {
      body: flows,
      headers: { 'node-red-api-version': 'v2', 'node-red-deployment-type': type },
    })
    return rev
  }

  /** Changes one node and deploys. */
  async change(
    find: (node: FlowNode) => boolean,
    change: Readonly<Record<string, unknown>>,
    type: DeploymentType,
  ): Promise<string> {
    const { flows, rev } = await this.flows()
    const node = flows.find(find)
    if (node === undefined) throw new Error('no such node')
    const changed = { ...node, ...change }
    return this.deploy({ rev, flows: flows.map((each) => (each === node ? changed : each)) }, type)
  }
}

import { z } from 'zod'
import { domain as identityDomain } from '../../identity/domain.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { anyMessage } from '../../platform/kit/message-type.ts'
import { domain as httpDomain } from '../domain.ts'
import { domain as quotasDomain } from '../../quotas/domain.ts'
import { guardRequest } from '../guard-request.ts'
import { outcomeMessage, requestMessage } from '../../platform/kit/endpoints/messages.ts'
import { type AnyOperation, isAccess, reply } from '../../platform/kit/endpoints/operation.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'guard',
  category: 'http',
  icon: 'font-awesome/fa-shield',
  config,
  needs: { http: httpDomain, identity: identityDomain, quotas: quotasDomain },
  input: anyMessage,
  outputs: [
    { label: 'admitted requests', message: requestMessage },
    { label: 'refused', message: outcomeMessage },
  ],
  start({ config: properties, needed: { http, identity, quotas }, nodeId }) {
    const operation = operationOf(properties, http.operations.find(properties.operation), nodeId)
    return { process: async (_, envelope) => guardRequest(operation, { identity, quotas }, envelope) }
  },
})

/** Zod judges the rest of it. */
const jsonSchemaSchema = z.union([z.boolean(), z.record(z.string(), z.json())])

/** A declared operation, or one made of the node's own properties for an endpoint that exists only in a flow. */
function operationOf(
  properties: z.output<typeof config.schema>,
  declared: AnyOperation | undefined,
  nodeId: string,
): AnyOperation {
  if (properties.operation !== '') {
    if (declared === undefined)
      throw new Error(`operation: there is no operation named ${properties.operation}`)
    return declared
  }
  const { permission: access } = properties
  if (!isAccess(access)) throw new Error('operation or permission: one of them must be set')
  return {
    id: `flow-${nodeId}`,
    method: 'post',
    path: '',
    tag: 'flow',
    summary: '',
    access,
    query: z.record(z.string(), z.string()),
    params: z.record(z.string(), z.string()),
    responses: {},
    ...(properties.bodySchema === ''
      ? {}
      : { body: z.fromJSONSchema(jsonSchemaSchema.parse(JSON.parse(properties.bodySchema))) }),
    handle: () => Promise.resolve(reply(204)),
  }
}

import { z } from 'zod'
import { utf8Text } from '../../platform/kit/bytes.ts'
import { defineNode } from '../../platform/kit/define-node.ts'
import { anyMessage } from '../../platform/kit/message-type.ts'
import type { Envelope } from '../../platform/kit/node-definition.ts'
import { credentialsOf } from '../../identity/authenticator.ts'
import { organizationCollection } from '../../identity/organization.ts'
import { type AnyOperation, isAccess } from '../operation.ts'
import { admit, locate, parseParts } from '../check-request.ts'
import { exchangeOf } from '../http-message.ts'
import { type GuardedRequest, outcomeMessage, requestMessage } from '../messages.ts'
import { refuse, reply } from '../operation.ts'
import { type Problem, problem } from '../problem.ts'
import { problemOfFailure } from '../run-operation.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'guard',
  category: 'http',
  icon: 'font-awesome/fa-shield',
  config,
  input: anyMessage,
  outputs: [
    { label: 'admitted requests', message: requestMessage },
    { label: 'refused', message: outcomeMessage },
  ],
  start({ config: properties, platform, nodeId }) {
    const operation = operationOf(properties, platform.operations.find(properties.operation), nodeId)
    const organizations = platform.store.platform(organizationCollection)

    const check = async (envelope: Envelope): Promise<GuardedRequest | Problem> => {
      const { req } = exchangeOf(envelope)
      const authentication = await platform.auth.authenticate(credentialsOf(req, req.ip))
      const admission = admit(authentication, operation.access)
      if (admission.kind === 'refused') return admission.problem
      const located = locate(operation, admission.principal, req.header('x-organization'))
      if (located.kind === 'refused') return located.problem
      if (located.orgId !== '' && admission.principal?.orgId === undefined) {
        if ((await organizations.get(located.orgId)) === undefined)
          return problem(404, 'no such organization')
      }
      const body = req.body instanceof Uint8Array ? req.body : undefined
      const parts = parseParts(operation, {
        params: req.params,
        query: req.query,
        body,
        text: body === undefined ? '' : utf8Text(body),
      })
      if (parts.kind === 'refused') return parts.problem
      return {
        operationId: operation.id,
        params: parts.params,
        query: parts.query,
        body: parts.body,
        principal: admission.principal,
        orgId: located.orgId,
        requestId: req.id ?? '',
        address: req.ip ?? '',
      }
    }

    return {
      async process(_, envelope) {
        try {
          const checked = await check(envelope)
          return 'operationId' in checked ? [[checked]] : [[], [refuse(checked)]]
        } catch (error) {
          // Who calls, or for which organization, cannot be looked up now.
          const expected = problemOfFailure(error)
          if (expected === undefined) throw error
          return [[], [expected]]
        }
      },
    }
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

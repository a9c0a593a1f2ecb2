import { defineNode } from '../../platform/kit/define-node.ts'
import { domain as identityDomain } from '../../identity/domain.ts'
import { formatCount } from '../../platform/kit/status.ts'
import { domain as httpDomain } from '../domain.ts'
import { domain as quotasDomain } from '../../quotas/domain.ts'
import { guardRequest } from '../guard-request.ts'
import { outcomeMessage, requestMessage } from '../../platform/kit/endpoints/messages.ts'
import { config } from './config.ts'

export default defineNode({
  type: 'request',
  category: 'http',
  icon: 'font-awesome/fa-shield',
  config,
  needs: { http: httpDomain, identity: identityDomain, quotas: quotasDomain },
  namedBy: 'operation',
  outputs: [
    { label: 'admitted requests', message: requestMessage },
    { label: 'refused', message: outcomeMessage },
  ],
  start({ config: { operation: id }, needed: { http, identity, quotas }, serveHttp }) {
    const operation = http.operations.find(id)
    if (id === '') throw new Error('operation: choose one')
    if (operation === undefined) throw new Error(`operation: there is no operation named ${id}`)
    let refused = 0
    serveHttp(operation)
    return {
      async process(_, envelope) {
        const guarded = await guardRequest(operation, { identity, quotas }, envelope)
        refused += guarded[1].length
        return guarded
      },
      remark: () => (refused === 0 ? undefined : `${formatCount(refused)} refused`),
    }
  },
})

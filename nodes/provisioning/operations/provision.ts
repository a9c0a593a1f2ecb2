import { z } from 'zod'
import { answerTo, provisionedView } from '../answer.ts'
import { domain } from '../domain.ts'
import { newcomerSchema } from '../provisioning.ts'
import { domain as devicesDomain } from '../../devices/domain.ts'
import { defineOperation } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'provision',
  method: 'post',
  path: '/api/v1/provision',
  tag: 'provisioning',
  summary: 'A device registers itself with the secret of a provisioning key; its password is shown this once',
  access: 'public',
  body: newcomerSchema.extend({ key: z.string().min(1).max(200) }),
  responses: { 201: { description: 'Registered', schema: provisionedView } },
  needs: { devices: devicesDomain, provisioning: domain },
  async handle({ address, body: { key, ...newcomer }, requestId }, { devices, provisioning }) {
    const provisioned = await provisioning.provision(key, newcomer, { address, requestId })
    return answerTo(provisioned, newcomer, devices)
  },
})

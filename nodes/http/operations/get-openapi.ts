import { z } from 'zod'
import { toOpenApi } from '../openapi.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as httpDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'getOpenApi',
  method: 'get',
  path: '/api/v1/openapi.json',
  tag: 'documentation',
  summary: 'This document',
  access: 'public',
  responses: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.json()) } },
  needs: { ...kit('info'), http: httpDomain },
  async handle(_, { http, info }) {
    return reply(200, toOpenApi(http.operations.all(), { version: info.version, url: info.publicUrl }))
  },
})

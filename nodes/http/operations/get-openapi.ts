import { z } from 'zod'
import { toOpenApi } from '../openapi.ts'
import { defineOperation, reply } from '../operation.ts'

export const operation = defineOperation({
  id: 'getOpenApi',
  method: 'get',
  path: '/api/v1/openapi.json',
  tag: 'documentation',
  summary: 'This document',
  access: 'public',
  responses: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.json()) } },
  async handle(_, { operations, info }) {
    return reply(200, toOpenApi(operations.all(), { version: info.version, url: info.publicUrl }))
  },
})

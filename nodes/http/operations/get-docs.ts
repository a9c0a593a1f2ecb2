import { toDocsPage } from '../docs-page.ts'
import { toOpenApi } from '../openapi.ts'
import { defineOperation, reply } from '../operation.ts'

export const operation = defineOperation({
  id: 'getDocs',
  method: 'get',
  path: '/api/v1/docs',
  tag: 'documentation',
  summary: 'The API, readable',
  access: 'public',
  responses: { 200: { description: 'A page' } },
  async handle(_, { operations, info }) {
    const page = toDocsPage(toOpenApi(operations.all(), { version: info.version, url: info.publicUrl }))
    return reply(200, page, { 'content-type': 'text/html; charset=utf-8' })
  },
})

import { toDocsPage } from '../docs-page.ts'
import { toOpenApi } from '../openapi.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'
import { kit } from '../../platform/kit/domain/need.ts'
import { domain as httpDomain } from '../domain.ts'

export const operation = defineOperation({
  id: 'getDocs',
  method: 'get',
  path: '/api/v1/docs',
  tag: 'documentation',
  summary: 'The API, readable',
  access: 'public',
  responses: { 200: { description: 'A page' } },
  needs: { ...kit('info'), http: httpDomain },
  async handle(_, { http, info }) {
    const page = toDocsPage(toOpenApi(http.operations.all(), { version: info.version, url: info.publicUrl }))
    return reply(200, page, { 'content-type': 'text/html; charset=utf-8' })
  },
})

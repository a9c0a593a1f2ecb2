import { docsPage } from '../docs-page.ts'
import { defineOperation, reply } from '../../platform/kit/endpoints/operation.ts'

export const operation = defineOperation({
  id: 'getDocs',
  method: 'get',
  path: '/api/v1/docs',
  tag: 'documentation',
  summary: 'The API, to read and to try',
  access: 'public',
  responses: { 200: { description: 'A page' } },
  async handle() {
    return reply(200, docsPage('Fleetloom'), { 'content-type': 'text/html; charset=utf-8' })
  },
})
